import { usageError } from '../../output/cli-error.ts';

/** Splits a command line at blanks, except inside of quotes. It has no other special characters. */
export function splitCommandLine(line: string): readonly string[] {
  const words = [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(
      /"([^"]*)"|'([^']*)'/g,
      (_all, double?: string, single?: string) => double ?? single ?? '',
    ),
  );
  const rest = line.replaceAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g, '').trim();
  if (words.length === 0 || rest !== '') {
    throw usageError(
      `Expected a program and its arguments, with quotes in pairs; found "${line}".`,
    );
  }
  return words;
}
