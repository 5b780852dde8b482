import type { CommandRow, OptionRow } from './command-row.ts';

const LOCAL: readonly OptionRow[] = [
  {
    flags: '--color <when>',
    text: 'auto, always or never; NO_COLOR, CI and TERM=dumb mean never',
    choices: ['auto', 'always', 'never'],
  },
  { flags: '--yes', text: 'Answer every question with yes' },
  { flags: '--no-input', text: 'Never ask; fail if an answer is required' },
  { flags: '--debug', text: 'Enable debug output' },
];

const DEPLOYMENT: readonly OptionRow[] = [
  { flags: '--context <context>', text: 'Name of the context (default: the active context)' },
  {
    flags: '-X <key=value>',
    text: 'Override the context: host, brokers, registry, kafka-config, ingest or gateway',
    isRepeatable: true,
  },
  { flags: '--key-file <file>', text: 'File with the API key; - reads it from standard input' },
];

/** The common options of a command, without those that it replaces. */
export function commonOptions(row: CommandRow): readonly OptionRow[] {
  const formats: readonly OptionRow[] =
    row.formats === undefined
      ? []
      : [
          {
            flags: '-o, --output <format>',
            text: `${row.formats.join(', ')}, or help for a list of the fields`,
            choices: [...row.formats, 'help'],
          },
        ];
  const flags = new Set((row.options ?? []).map((option) => option.flags.split(' ')[0]));
  return [...formats, ...(row.reach === 'deployment' ? DEPLOYMENT : []), ...LOCAL].filter(
    (option) => !flags.has(option.flags.split(' ')[0]),
  );
}
