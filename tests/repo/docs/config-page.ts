import { kafkaOptions, serverOptions } from '@quicksilver/common/config/common-options';
import { optionsOf, type Option, type OptionTable } from '@quicksilver/common/config/option';

export interface ConfigSection {
  readonly title: string;
  readonly intro: string;
  readonly table: OptionTable;
}

/** `docs/config.md`: every option of every program, from the tables that the programs read. */
export function configPage(sections: readonly ConfigSection[]): string {
  const shared = sharedOptions(sections);
  return [
    '# Configuration',
    '',
    'Every program reads its options from the environment, when it starts. It checks all of them at once, names everything that is',
    'wrong in one message, and then does not start. An empty variable counts as one that is not set.',
    '',
    'This page is made from the tables in the source (`services/*/src/config.ts`, `packages/*/src/config.ts`).',
    '',
    '## All services',
    '',
    'The ingest, the mirror and the gateway have these in common.',
    '',
    ...rows(Object.values(shared)),
    ...sections.flatMap(({ title, intro, table }) => [
      '',
      `## ${title}`,
      '',
      intro,
      '',
      ...rows(optionsOf(table).filter(({ env }) => shared[env]?.text !== textOf(table, env))),
    ]),
    '',
  ].join('\n');
}

/** Options that all services have, word for word. */
function sharedOptions(
  sections: readonly ConfigSection[],
): Readonly<Record<string, Option<unknown>>> {
  // The edge is none of them: it knows nothing of topics.
  const services = sections.filter(
    ({ table }) =>
      textOf(table, serverOptions.opsPort.env) !== undefined &&
      textOf(table, kafkaOptions.topicRegistry.env) !== undefined,
  );
  const [first] = services;
  return Object.fromEntries(
    optionsOf(first?.table ?? {})
      .filter(({ env, text }) => services.every(({ table }) => textOf(table, env) === text))
      .map((option) => [option.env, option]),
  );
}

function textOf(table: OptionTable, env: string): string | undefined {
  return optionsOf(table).find((option) => option.env === env)?.text;
}

function rows(options: readonly Option<unknown>[]): readonly string[] {
  return [
    '| Variable | Default | Meaning |',
    '| --- | --- | --- |',
    ...options.map(
      ({ env, fallback, text }) => `| \`${env}\` | ${shownDefault(fallback)} | ${cell(text)} |`,
    ),
  ];
}

function shownDefault(fallback: string | undefined): string {
  if (fallback === undefined) {
    return '**required**';
  }
  // A list of nothing may be written as a comma.
  return fallback === '' || fallback === ',' ? '' : `\`${fallback}\``;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
