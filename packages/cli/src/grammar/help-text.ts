import type { CommandRow, GroupRow, OptionRow } from './command-row.ts';
import { commonOptions } from './common-options.ts';

const WIDTH = 100;
const INDENT = '  ';

const GROUP_TITLES: readonly (readonly [CommandRow['group'], string])[] = [
  ['start', 'Start here'],
  ['project', 'Projects'],
  ['look', 'State and logs'],
  ['data', 'Data'],
  ['bakdata', 'Single resources, compatible with bakdata Quick'],
  ['self', 'Settings of quick'],
];

export const EXIT_CODES =
  '0 done · 1 failed · 2 wrong usage · 3 not found · 4 conflict · 130 interrupted';

/** `quick --help`. */
export function rootHelp(rows: readonly CommandRow[], groups: readonly GroupRow[]): string {
  const sections = GROUP_TITLES.flatMap(([group, title]) => {
    const entries = entriesOf(
      rows.filter((row) => row.group === group),
      groups,
    );
    return entries.length === 0 ? [] : [`${title}:`, ...aligned(entries), ''];
  });
  return [
    'A Kafka topic is a table you can query and a stream you can follow.',
    '',
    'Usage: quick <command> [options]',
    '',
    'Examples:',
    '  quick init shop && cd shop && quick dev',
    '  quick apply -f quick.yaml',
    "  quick query shop '{ products { id name } }'",
    '',
    ...sections,
    `Exit codes: ${EXIT_CODES}`,
    "For one command, see 'quick <command> --help'. For all commands, see docs/cli.md.",
    '',
  ].join('\n');
}

/** `quick topic --help`. */
export function groupHelp(group: GroupRow, rows: readonly CommandRow[]): string {
  return [
    `Usage: quick ${group.path} <command> [options]`,
    '',
    group.description ?? group.summary,
    '',
    'Available commands:',
    ...aligned(entriesBelow(group.path, rows)),
    '',
    `For one command, see 'quick ${group.path} <command> --help'.`,
    '',
  ].join('\n');
}

/** `quick topic create --help`; `rows` are all commands, for the list of subcommands. */
export function commandHelp(row: CommandRow, rows: readonly CommandRow[]): string {
  const { required, optional } = optionsOf(row);
  const args = (row.args ?? []).map((arg): Entry => [arg.name, arg.text]);
  const sections: readonly (readonly [string, readonly Entry[]])[] = [
    ['Arguments', args],
    ['Subcommands', entriesBelow(row.path, rows)],
    ['Required options', required.map(entryOf)],
    ['Options', optional.map(entryOf)],
    ['Common options', [...commonOptions(row).map(entryOf), ['-h, --help', 'Show this help']]],
  ];
  const examples = row.examples ?? [];
  return [
    `Usage: ${usageOf(row)}`,
    '',
    ...wrapped(row.summary, ''),
    ...(row.description === undefined ? [] : ['', ...wrapped(row.description, '')]),
    ...(examples.length === 0 ? [] : ['', 'Examples:', ...examples.map((text) => INDENT + text)]),
    ...sections.flatMap(([title, entries]) =>
      entries.length === 0 ? [] : ['', `${title}:`, ...aligned(entries)],
    ),
    '',
    `Exit codes: ${row.exits ?? EXIT_CODES}`,
    '',
  ].join('\n');
}

export function usageOf(row: CommandRow): string {
  const args = (row.args ?? []).map((arg) =>
    arg.isOptional === true ? `[${arg.name}]` : arg.name,
  );
  const required = optionsOf(row).required.map((option) => option.flags.split(', ').at(-1) ?? '');
  return ['quick', row.path, ...args, ...required, '[options]'].join(' ');
}

export function optionsOf(row: CommandRow): {
  readonly required: readonly OptionRow[];
  readonly optional: readonly OptionRow[];
} {
  const all = row.options ?? [];
  return {
    required: all.filter((option) => option.isRequired === true),
    optional: all.filter((option) => option.isRequired !== true),
  };
}

type Entry = readonly [name: string, text: string];

function entryOf(option: OptionRow): Entry {
  return [option.flags, option.text];
}

function entriesBelow(path: string, rows: readonly CommandRow[]): readonly Entry[] {
  return rows
    .filter((row) => row.path.startsWith(`${path} `))
    .map((row) => [row.path.slice(path.length + 1), row.summary]);
}

/** One entry for each first word; a group stands for its subcommands. */
function entriesOf(rows: readonly CommandRow[], groups: readonly GroupRow[]): readonly Entry[] {
  const entries = new Map<string, string>();
  for (const row of rows) {
    const [first = ''] = row.path.split(' ');
    const group = groups.find(({ path }) => path === first);
    // `dev` is a command and has subcommands.
    if (group !== undefined || row.path === first) {
      entries.set(first, group?.summary ?? row.summary);
    }
  }
  return [...entries];
}

function aligned(entries: readonly Entry[]): readonly string[] {
  const width = Math.max(...entries.map(([name]) => name.length)) + 2;
  return entries.flatMap(([name, text]) => {
    const [first = '', ...more] = wrapped(text, ' '.repeat(width + INDENT.length));
    return [`${INDENT}${name.padEnd(width)}${first.trimStart()}`, ...more];
  });
}

function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
