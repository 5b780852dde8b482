export interface Mistake {
  readonly file: string;
  /** Character offset in the text. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** A problem at a line and a column, both from 1. */
export interface LocatedProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export function mistakesAt(
  file: string,
  text: string,
  problems: readonly LocatedProblem[],
): readonly Mistake[] {
  return problems.map(({ message, line, column }) => {
    const before = text.split('\n').slice(0, line - 1);
    const start = before.reduce((sum, each) => sum + each.length + 1, column - 1);
    return { file, start, end: start + 1, message };
  });
}

/** Prints each mistake as `file:line:column: message`, the line, and carets under it. */
export function printMistakes(text: string, mistakes: readonly Mistake[]): string {
  return mistakes
    .toSorted((a, b) => a.start - b.start)
    .map((mistake) => printMistake(text, mistake))
    .join('\n');
}

function printMistake(text: string, { file, start, end, message }: Mistake): string {
  const before = text.slice(0, start);
  const lineNumber = before.split('\n').length;
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = (text.slice(lineStart).split('\n', 1)[0] ?? '').replace(/\r$/, '');
  const column = start - lineStart;
  const width = Math.max(1, Math.min(end, lineStart + line.length) - start);
  const margin = `  ${lineNumber} | `;
  return [
    `${file}:${lineNumber}:${column + 1}: ${message}`,
    `${margin}${line}`,
    `${' '.repeat(margin.length - 2)}| ${' '.repeat(column)}${'^'.repeat(width)}`,
  ].join('\n');
}
