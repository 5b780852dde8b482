import { commonOptions } from './common-options.ts';
import type { CommandRow, GroupRow, OptionRow } from './command-row.ts';

const WIDTH = 100;
const INDENT = '  ';

const GROUP_TITLES: readonly (readonly [CommandRow['group'], string])[] = [
  ['start', 'Start here'],
  ['project', 'A whole project, from its file'],
  ['look', 'Look'],
  ['data', 'Data'],
  ['quick', "Single things, with Quick's commands"],
  ['own', 'This command itself'],
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
    "See 'quick <command> --help' for a command, docs/cli.md for all of them.",
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
    `See 'quick ${group.path} <command> --help' for one of them.`,
    '',
  ].join('\n');
}

/** `quick topic create --help`; `rows` are all commands, of which some may be below this one. */
export function commandHelp(row: CommandRow, rows: readonly CommandRow[]): string {
  const { required, optional } = optionsOf(row);
  const args = (row.args ?? []).map((arg): Entry => [arg.name, arg.text]);
  const sections: readonly (readonly [string, readonly Entry[]])[] = [
    ['Arguments', args],
    ['Commands below it', entriesBelow(row.path, rows)],
    ['Required', required.map(entryOf)],
    ['Optional', optional.map(entryOf)],
    ['Everywhere', [...commonOptions(row).map(entryOf), ['-h, --help', 'Show this help']]],
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

/** A group stands for the commands below it. */
function entriesOf(rows: readonly CommandRow[], groups: readonly GroupRow[]): readonly Entry[] {
  const entries = new Map<string, string>();
  for (const row of rows) {
    const [first = ''] = row.path.split(' ');
    const group = groups.find(({ path }) => path === first);
    // `dev` has a row of its own, and others below it.
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
