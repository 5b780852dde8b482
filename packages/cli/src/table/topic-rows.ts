import type { RunnableRow } from '../grammar/command-call.ts';
import type { OptionRow } from '../grammar/command-row.ts';
import { LIST_FORMATS } from './row-parts.ts';

const MATCH: OptionRow = {
  flags: '--match <pattern>',
  text: 'Topics whose names match; * stands for any characters and ? for one',
};

/** Commands for topics that exist in Kafka. */
export const TOPIC_ROWS: readonly RunnableRow[] = [
  {
    path: 'topic ls',
    summary: 'List topics, also those that are not registered',
    description:
      'With --all it lists the topics of the broker: partitions, size, rate, cleanup policy, and the formats and the partitioner that are detected from their newest records, with the certainty of each. It changes nothing.',
    group: 'bakdata',
    reach: 'deployment',
    options: [{ flags: '--all', text: 'List all topics of the broker' }, MATCH],
    formats: LIST_FORMATS,
    examples: [
      'quick topic ls',
      'quick topic ls --all',
      "quick topic ls --all --match 'shop.*' -o json",
    ],
    load: () => import('../commands/topics/topic-ls.ts'),
  },
  {
    path: 'topic add',
    summary: 'Register existing topics with their detected formats',
    description:
      'Registers topics that exist in Kafka, each with a mirror. Formats and partitioner are detected from the newest records, unless you set them. It changes nothing in Kafka. Registered topics stay unchanged, so the command can be repeated.',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: [{ name: 'NAME...', text: 'Names of topics', isOptional: true }],
    options: [
      MATCH,
      { flags: '--key-type <type>', text: 'Type of the keys, instead of the detected one' },
      { flags: '--value-type <type>', text: 'Type of the values, instead of the detected one' },
      {
        flags: '--record-names',
        text: 'For values of type avro, add the name of each record as __typename, which unions and interfaces require',
      },
      { flags: '--dry-run', text: 'Only print what would be registered' },
    ],
    formats: ['table', 'yaml', 'jsonl', 'name'],
    examples: ['quick topic add orders customers', "quick topic add --match 'shop.*' --dry-run"],
    load: () => import('../commands/topics/topic-add.ts'),
  },
  {
    path: 'schema generate',
    summary: 'Print a GraphQL schema for topics',
    description:
      'Prints types, queries, subscriptions and likely joins for topics, from the schema registry and from their newest records. It has descriptions and deprecations of Avro; for JSON it has what was seen in how many records. Without names it is for all registered topics. Check it with quick gateway lint, and change it as you like.',
    group: 'bakdata',
    reach: 'deployment',
    args: [{ name: 'TOPIC...', text: 'Names of topics, registered or not', isOptional: true }],
    options: [MATCH],
    examples: [
      'quick schema generate orders customers > schema.graphql',
      "quick schema generate --match 'shop.*'",
    ],
    load: () => import('../commands/schema/schema-generate.ts'),
  },
];
