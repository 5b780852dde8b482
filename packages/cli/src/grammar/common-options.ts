import type { CommandRow, OptionRow } from './command-row.ts';

const LOCAL: readonly OptionRow[] = [
  {
    flags: '--color <when>',
    text: 'auto, always or never; NO_COLOR, CI and TERM=dumb mean never',
    choices: ['auto', 'always', 'never'],
  },
  { flags: '--yes', text: 'Answer every question with yes' },
  { flags: '--no-input', text: 'Never ask; fail where an answer is needed' },
  { flags: '--debug', text: 'Enable debug output' },
];

const DEPLOYMENT: readonly OptionRow[] = [
  { flags: '--context <context>', text: 'Context of quick (default: the active one)' },
  {
    flags: '-X <key=value>',
    text: 'Override of the context: host, brokers, ingest or gateway',
    isRepeatable: true,
  },
  { flags: '--key-file <file>', text: 'File with the API key; - reads it from standard input' },
];

/** The options that a command has because of what it is. */
export function commonOptions(row: CommandRow): readonly OptionRow[] {
  const formats: readonly OptionRow[] =
    row.formats === undefined
      ? []
      : [
          {
            flags: '-o, --output <format>',
            text: `${row.formats.join(', ')}, or help for the fields`,
            choices: [...row.formats, 'help'],
          },
        ];
  const own = new Set((row.options ?? []).map((option) => option.flags.split(' ')[0]));
  return [...formats, ...(row.reach === 'deployment' ? DEPLOYMENT : []), ...LOCAL].filter(
    (option) => !own.has(option.flags.split(' ')[0]),
  );
}
