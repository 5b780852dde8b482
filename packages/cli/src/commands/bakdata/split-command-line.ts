import { usageError } from '../../output/cli-error.ts';

/** Words of a command line; quotes hold a word together, and nothing else has a meaning. */
export function splitCommandLine(line: string): readonly string[] {
  const words = [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(
      /"([^"]*)"|'([^']*)'/g,
      (_all, double?: string, single?: string) => double ?? single ?? '',
    ),
  );
  const rest = line.replaceAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g, '').trim();
  if (words.length === 0 || rest !== '') {
    throw usageError(`Expected a program and its arguments, quotes in pairs; found "${line}".`);
  }
  return words;
}
