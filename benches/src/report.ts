import { meetsTarget, type BenchmarkResult, type Figure } from './benchmark.ts';

export type Results = Readonly<Record<string, BenchmarkResult>>;

/** A table of the figures beside those of the baseline; `was` is the baseline's value. */
export function table(title: string, result: BenchmarkResult, baseline?: BenchmarkResult): string {
  const rows = result.figures.map((figure) => {
    const before = baseline?.figures.find((other) => other.name === figure.name);
    return [
      figure.name,
      `${show(figure.value)} ${figure.unit}`,
      before === undefined ? '' : show(before.value),
      before === undefined ? '' : `${(figure.value / before.value).toFixed(2)}x`,
      targetOf(figure),
    ];
  });
  const head = ['', 'now', 'baseline', 'now/was', 'target'];
  const widths = head.map((text, column) =>
    Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [title, line(head), ...rows.map(line), ...result.notes.map((note) => `(${note})`)].join(
    '\n',
  );
}

function targetOf(figure: Figure): string {
  const met = meetsTarget(figure);
  if (met === undefined || figure.target === undefined) {
    return '';
  }
  const bound = 'min' in figure.target ? `≥ ${figure.target.min}` : `≤ ${figure.target.max}`;
  return `${bound} ${met ? 'met' : 'MISSED'}`;
}

function show(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
