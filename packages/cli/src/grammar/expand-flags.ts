import type { CommandRow, OptionRow } from './command-row.ts';
import { commonOptions } from './common-options.ts';

/** Every common option; they are also valid before the command. */
const ANY_ROW: CommandRow = {
  path: '',
  summary: '',
  group: 'self',
  reach: 'deployment',
  formats: ['json'],
};

/**
 * Completes abbreviated long flags, like quick-cli: `--key` is `--key-type` for a command that has
 * no other flag with this beginning. The options of the command itself come before common ones.
 * Ambiguous and unknown flags stay as they are.
 */
export function expandFlags(
  argv: readonly string[],
  rows: readonly CommandRow[],
): readonly string[] {
  const expanded: string[] = [];
  const words: string[] = [];
  let isValue = false;
  for (const [at, token] of argv.entries()) {
    if (token === '--' && !isValue) {
      return [...expanded, ...argv.slice(at)];
    }
    const isFlag = !isValue && token.startsWith('-');
    if (!isFlag) {
      expanded.push(token);
      words.push(...(isValue ? [] : [token]));
      isValue = false;
      continue;
    }
    const options = optionsOf(rowOf(words, rows));
    const [name = '', ...rest] = token.split('=');
    const flag = options.flat().some((option) => flagsOf(option).includes(name))
      ? name
      : (completionOf(name, options) ?? name);
    expanded.push([flag, ...rest].join('='));
    const option = options.flat().find((each) => flagsOf(each).includes(flag));
    isValue = rest.length === 0 && option?.flags.includes('<') === true;
  }
  return expanded;
}

/** The options of the command, then the common ones. */
function optionsOf(row: CommandRow | undefined): readonly (readonly OptionRow[])[] {
  return row === undefined ? [commonOptions(ANY_ROW)] : [row.options ?? [], commonOptions(row)];
}

function rowOf(words: readonly string[], rows: readonly CommandRow[]): CommandRow | undefined {
  const [first = '', second = ''] = words;
  return (
    rows.find(({ path }) => path === `${first} ${second}`) ??
    rows.find(({ path }) => path === first)
  );
}

function completionOf(name: string, groups: readonly (readonly OptionRow[])[]): string | undefined {
  if (!/^--\w/.test(name)) {
    return undefined;
  }
  for (const options of groups) {
    const matches = startingWith(name, options);
    if (matches.length > 0) {
      const known = options.filter(({ isOfQuickCli }) => isOfQuickCli === true);
      const [flag, ...more] = matches.length === 1 ? matches : startingWith(name, known);
      return more.length === 0 ? flag : undefined;
    }
  }
  return undefined;
}

function startingWith(name: string, options: readonly OptionRow[]): readonly string[] {
  return options.flatMap(flagsOf).filter((flag) => flag.startsWith(name));
}

/** `-k` and `--key-type` of `-k, --key-type <type>`. */
function flagsOf({ flags }: OptionRow): readonly string[] {
  return flags.split(', ').map((flag) => flag.split(' ')[0] ?? '');
}
