/** A command of a page, and what it prints. */
export interface ConsoleStep {
  readonly command: string;
  /** A line `...` stands for any number of lines. */
  readonly lines: readonly string[];
}

/** The commands of the `console` block under this heading of a page. Throws if there is none. */
export function consoleSteps(page: string, heading: string): readonly ConsoleStep[] {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`));
  const [, block = ''] = /^```console\n(.*?)^```$/ms.exec(section) ?? [];
  const steps: { command: string; lines: string[] }[] = [];
  for (const line of block.split('\n').slice(0, -1)) {
    if (line.startsWith('$ ')) {
      steps.push({ command: line.slice(2), lines: [] });
    } else {
      steps.at(-1)?.lines.push(line);
    }
  }
  if (!page.includes(`\n## ${heading}\n`) || steps.length === 0) {
    throw new Error(`There is no console block under the heading ${heading}.`);
  }
  return steps;
}

/** The words of a command, without the single quotes around them. */
export function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
}

/** The first line of the page that was not printed. Undefined if all were, in their order. */
export function missingLine(
  expected: readonly string[],
  printed: readonly string[],
): string | undefined {
  let at = 0;
  let canSkip = false;
  for (const line of expected) {
    if (line === '...') {
      canSkip = true;
      continue;
    }
    const place = canSkip ? printed.indexOf(line, at) : printed[at] === line ? at : -1;
    if (place < 0) {
      return line;
    }
    at = place + 1;
    canSkip = false;
  }
  return canSkip || at === printed.length ? undefined : `no line after ${printed[at - 1] ?? ''}`;
}
