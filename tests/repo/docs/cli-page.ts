import type { CommandRow } from '@quicksilver/cli/grammar/command-row';
import { commonOptions } from '@quicksilver/cli/grammar/common-options';
import { EXIT_CODES, usageOf } from '@quicksilver/cli/grammar/help-text';

/** `docs/cli.md`: every command, from the table that the command is made of. */
export function cliPage(rows: readonly CommandRow[]): string {
  return [
    '# The command `quick`',
    '',
    'In this repository, run it as `npx quick …`; `npm start` and `npm run check` install it. Data goes to standard output; progress, warnings,',
    'questions and errors go to standard error. `quick` asks questions only at a terminal, and never with `--no-input` or if `CI` is set.',
    '',
    'This page is generated from the table of commands in the source (`packages/cli/src/table`).',
    '',
    '## Exit codes',
    '',
    `${EXIT_CODES}. \`quick diff\` exits with 1 if there are differences, and with another code if it fails.`,
    '',
    '## Which deployment',
    '',
    'A context is the address and the key of a deployment. Contexts are in `$XDG_CONFIG_HOME/quicksilver/config.yaml` (default: `~/.config`), which',
    'only you can read. The address comes from the first of these that is set:',
    '',
    '1. `-X host=…`',
    '2. `--context`, or `QUICK_CONTEXT`',
    '3. `QUICK_URL`',
    '4. the active context',
    '5. the running `quick dev` of the project that contains the working directory',
    '',
    'The key comes from `--key-file`, else the context, else `QUICK_APIKEY`, else the file in `QUICK_APIKEY_FILE`. The key of a context is sent to',
    'its own host only.',
    '',
    '## Output',
    '',
    'The formats of `-o` are `table`, `wide`, `json`, `yaml`, `jsonl` and `name`; the help of each command lists those that it has. `-o help` lists the',
    'fields. With `-o json` or `jsonl` an error is one line of JSON on standard error: `code`, `message`, `hint`, `docs`, `requestId`. `--color`,',
    '`NO_COLOR`, `CI` and `TERM=dumb` control colours.',
    '',
    ...rows.flatMap(section),
  ].join('\n');
}

function section(row: CommandRow): readonly string[] {
  const examples = row.examples ?? [];
  const args = (row.args ?? []).map(({ name, text }) => [name, text] as const);
  const commandFlags = new Set((row.options ?? []).map(({ flags }) => flags));
  const options = [...(row.options ?? []), ...commonOptions(row)].map(
    ({ flags, text, isRequired }) =>
      [
        flags,
        `${isRequired === true ? 'Required. ' : ''}${text}`,
        commandFlags.has(flags),
      ] as const,
  );
  const further = options.filter(([, , isOwn]) => !isOwn).map(([flags]) => `\`${flags}\``);
  return [
    `## quick ${row.path}`,
    '',
    `${row.summary}.`,
    '',
    ...(row.description === undefined ? [] : [row.description, '']),
    '```sh',
    usageOf(row),
    ...(examples.length === 0 ? [] : ['', ...examples]),
    '```',
    '',
    ...table('Argument', args),
    ...table(
      'Option',
      options.filter(([, , isOwn]) => isOwn),
    ),
    `Also: ${further.join(', ')}.`,
    '',
    ...(row.exits === undefined ? [] : [`Exit codes: ${row.exits}.`, '']),
  ];
}

function table(
  title: string,
  rows: readonly (readonly [string, string, ...unknown[]])[],
): string[] {
  return rows.length === 0
    ? []
    : [
        `| ${title} | Meaning |`,
        '| --- | --- |',
        ...rows.map(([name, text]) => `| \`${name}\` | ${text.replaceAll('|', '\\|')} |`),
        '',
      ];
}
