export interface Mistake {
  readonly file: string;
  /** Characters from the beginning of the text. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** `file:line:column: message`, the line, and a caret under it; one after the other. */
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
