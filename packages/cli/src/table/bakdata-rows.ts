import type { ResourceKind } from '@quicksilver/resources/kinds';

import type { RunnableRow } from '../grammar/command-call.ts';
import type { OptionRow } from '../grammar/command-row.ts';
import { ALLOW_BREAKING, LIST_FORMATS, NAME, ONE_FORMATS } from './row-parts.ts';

const TYPES = ['int', 'long', 'string', 'double', 'schema'];
/** Types that only this product has. */
const MORE_TYPES = ['json', 'short', 'float', 'boolean', 'bytes', 'uuid'];
/** Formats whose schemas are in the schema registry. */
const FORMATS = ['avro', 'protobuf', 'json-schema'];
const TAG: OptionRow = {
  flags: '--tag <tag>',
  text: 'Docker image tag (defaults to currently installed tag)',
};
const RANGE_FIELD: OptionRow = {
  flags: '--range-field <range_field>',
  text: 'The field for the range index',
};
const RANGE_KEY: OptionRow = {
  flags: '--range-key <range_key>',
  text: 'The field that replaces the key in the range index',
};
const RANGE_TYPE: OptionRow = {
  flags: '--range-type <range_type>',
  text: 'The order of the range field (default: the order of its type in the schema, else number)',
  choices: ['number', 'string', 'timestamp'],
};
const RETENTION: OptionRow = {
  flags: '--retention-time <retention_time>',
  text: 'Retention time of data in the topic (by default the data is kept indefinitely)',
};
const RETENTION_TOMBSTONES: OptionRow = {
  flags: '--retention-tombstones',
  text: 'Write a tombstone to the topic for each key that is older than the retention time (default: False)',
};
const POISON_POLICY: OptionRow = {
  flags: '--poison-policy <poison_policy>',
  text: 'Reads of a key whose newest record cannot be read: skip returns its older value, halt returns an error (default: skip)',
  choices: ['skip', 'halt'],
};

const STRATEGIES = ['TopicNameStrategy', 'RecordNameStrategy', 'TopicRecordNameStrategy'];
const SUBJECTS: readonly OptionRow[] = (['key', 'value'] as const).flatMap((side) => [
  {
    flags: `--${side}-subject-name-strategy <strategy>`,
    text: `How producers name the subjects of the schemas of ${side}s, which writes use (default: TopicNameStrategy)`,
    choices: STRATEGIES,
  },
  {
    flags: `--${side}-records <names>`,
    text: `For another strategy, the records or messages of ${side}s with their namespaces, separated by commas`,
  },
]);

type Load = RunnableRow['load'];

const deleteOf =
  (kind: ResourceKind): Load =>
  async () =>
    (await import('../commands/bakdata/delete-resource.ts')).deleteResource(kind);
const describeOf =
  (kind: ResourceKind): Load =>
  async () =>
    (await import('../commands/bakdata/describe-as-yaml.ts')).describeAsYaml(kind);
const listOf =
  (kind: ResourceKind): Load =>
  async () =>
    (await import('../commands/bakdata/list-names.ts')).listNames(kind);

/** The commands of bakdata Quick's client for single resources, and a few of the same form. */
export const BAKDATA_ROWS: readonly RunnableRow[] = [
  {
    path: 'topic create',
    summary: 'Create a new topic',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('The name of the topic'),
    options: [
      {
        flags: '-k, --key-type <type>',
        text: `The key type of the topic: ${[...TYPES, ...MORE_TYPES, ...FORMATS].join(', ')}`,
        choices: [...TYPES, ...MORE_TYPES, ...FORMATS],
        isRequired: true,
      },
      {
        flags: '-v, --value-type <type>',
        text: `The value type of the topic: ${[...TYPES, ...MORE_TYPES, ...FORMATS].join(', ')}`,
        choices: [...TYPES, ...MORE_TYPES, ...FORMATS],
        isRequired: true,
      },
      {
        flags: '-s, --schema <schema>',
        text: "The schema of the topic defined by gateway's GraphQL type: gateway.type",
      },
      {
        flags: '--immutable',
        text: 'An immutable topic does not allow ingesting the same key twice (default: False)',
      },
      {
        flags: '--register',
        text: 'Register a topic that exists in Kafka; it is never deleted there. Required for keys and values of type avro, protobuf and json-schema, which the schema registry describes',
      },
      {
        flags: '--record-names',
        text: 'For values of type avro and protobuf, add the name of each record as __typename, which unions and interfaces require',
      },
      {
        flags: '--envelope <envelope>',
        text: 'What values of type json or avro are wrapped in: debezium for the change events of a table. The topic then has its rows',
        choices: ['debezium'],
      },
      ...SUBJECTS,
      RETENTION,
      RETENTION_TOMBSTONES,
      POISON_POLICY,
      RANGE_FIELD,
      RANGE_KEY,
      RANGE_TYPE,
    ],
    examples: [
      'quick topic create products -k int -v schema -s shop.Product',
      'quick topic create shop-events -k string -v avro --register --record-names',
      'quick topic create shop.public.customers -k long -v avro --register --envelope debezium',
    ],
    load: () => import('../commands/bakdata/topic-create.ts'),
  },
  {
    path: 'topic delete',
    summary: 'Delete a topic',
    description: 'Deletes the topic, its mirror and its data without a question, like quick-cli.',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('Topic to delete'),
    load: deleteOf('topic'),
  },
  {
    path: 'topic list',
    summary: 'List all topics',
    group: 'bakdata',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: listOf('topic'),
  },
  {
    path: 'topic describe',
    summary: 'Display information for a topic',
    group: 'bakdata',
    reach: 'deployment',
    args: NAME('The name of the topic.'),
    formats: ONE_FORMATS,
    load: () => import('../commands/bakdata/topic-describe.ts'),
  },
  {
    path: 'mirror create',
    summary: 'Mirror a Kafka topic',
    description: 'Creates a mirror for a topic, so that gateways can query it.',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: [{ name: 'TOPIC', text: 'Topic to mirror' }],
    options: [
      TAG,
      { flags: '--replicas <replicas>', text: 'Number of replicas (default: 1)', isNumber: true },
      RANGE_FIELD,
      RANGE_KEY,
      RANGE_TYPE,
      RETENTION,
      RETENTION_TOMBSTONES,
      POISON_POLICY,
    ],
    load: () => import('../commands/bakdata/mirror-create.ts'),
  },
  {
    path: 'mirror delete',
    summary: 'Delete a mirror',
    description:
      'Deletes the mirror only. The topic and its data stay; bakdata Quick deletes them too.',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: [{ name: 'TOPIC', text: 'Topic to delete mirror from' }],
    load: deleteOf('mirror'),
  },
  {
    path: 'mirror list',
    summary: 'List all mirrors',
    group: 'bakdata',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: listOf('mirror'),
  },
  {
    path: 'mirror describe',
    summary: 'Display information about a mirror',
    group: 'bakdata',
    reach: 'deployment',
    args: NAME('The name of the mirror'),
    formats: ONE_FORMATS,
    load: describeOf('mirror'),
  },
  {
    path: 'mirror poison',
    summary: 'List the latest records that a mirror could not read',
    description:
      'Lookups lack these records. All of them are counted, and the latest ones are listed.',
    group: 'bakdata',
    reach: 'deployment',
    args: NAME('The name of the mirror'),
    formats: LIST_FORMATS,
    load: () => import('../commands/bakdata/mirror-poison.ts'),
  },
  {
    path: 'mirror poison retry',
    summary: 'Read the records again that a mirror could not read',
    description:
      'Run it after the cause was removed, for example a missing schema. A mirror does it by itself when it starts, and regularly for values with a schema.',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('The name of the mirror'),
    load: () => import('../commands/bakdata/mirror-poison-retry.ts'),
  },
  {
    path: 'gateway create',
    summary: 'Create a gateway',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('Name of the gateway'),
    options: [
      { flags: '--replicas <replicas>', text: 'Number of replicas', isNumber: true },
      TAG,
      {
        flags: '-s, --schema <schema_file>',
        text: 'Location of the schema file; - reads standard input',
      },
    ],
    load: () => import('../commands/bakdata/gateway-create.ts'),
  },
  {
    path: 'gateway delete',
    summary: 'Delete a gateway',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('Name of the gateway'),
    load: deleteOf('gateway'),
  },
  {
    path: 'gateway apply',
    summary: 'Apply a new schema to a gateway',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('Name of the gateway'),
    options: [
      {
        flags: '-f, --file <file>',
        text: 'Location of the schema file; - reads standard input',
        isRequired: true,
      },
      ALLOW_BREAKING,
    ],
    load: () => import('../commands/bakdata/gateway-apply.ts'),
  },
  {
    path: 'gateway lint',
    summary: 'Check a schema without applying it',
    description:
      'Prints all mistakes with line and column, by the rules of the gateway. With --live, --context or -X it also compares the schema with a deployment. A topic that does not exist yet is a warning. Keys, values or ranges of another type are errors, and so are hosts that @rest may not fetch from. Without a deployment it lists the checks that it skipped.',
    group: 'bakdata',
    reach: 'deployment',
    options: [
      {
        flags: '-f, --file <file>',
        text: 'Location of the schema file; - reads standard input',
        isRequired: true,
      },
      { flags: '--live', text: 'Also compare with the topics of the active context' },
      {
        flags: '--documents <folder>',
        text: 'Also check the trusted documents of this folder against the schema',
      },
    ],
    examples: [
      'quick gateway lint -f schema.graphql',
      'quick gateway lint -f schema.graphql --documents documents --context production',
    ],
    load: () => import('../commands/bakdata/gateway-lint.ts'),
  },
  {
    path: 'gateway list',
    summary: 'List all gateways',
    group: 'bakdata',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: listOf('gateway'),
  },
  {
    path: 'gateway describe',
    summary: 'Display information about a gateway',
    group: 'bakdata',
    reach: 'deployment',
    args: NAME('The name of the gateway.'),
    formats: ONE_FORMATS,
    load: () => import('../commands/bakdata/gateway-describe.ts'),
  },
  {
    path: 'gateway schema',
    summary: 'Display the schema of a gateway, or one of its types in another format',
    description:
      'Without a type it prints the whole schema. Fields that come from other topics or services are no part of a type.',
    group: 'bakdata',
    reach: 'deployment',
    args: [
      { name: 'NAME', text: 'The name of the gateway.' },
      { name: 'TYPE', text: 'The type name used in the gateway schema.', isOptional: true },
    ],
    options: [
      {
        flags: '--avro',
        text: 'Print the type as an Avro schema (default: GraphQL)',
      },
      { flags: '--protobuf', text: 'Print the type as a file of Protobuf (proto3)' },
      { flags: '--json-schema', text: 'Print the type as a JSON Schema (draft 7)' },
    ],
    load: () => import('../commands/bakdata/gateway-schema.ts'),
  },
  {
    path: 'app deploy',
    summary: 'Deploy a new application',
    description:
      'An application is an image (--registry, --image and --tag), or a command on the machine of the manager (--command). It gets the address of Kafka in QUICK_KAFKA_BOOTSTRAP_SERVER, and --args as --name value.',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('Name of the application (must be unique)'),
    options: [
      { flags: '--registry <registry_url>', text: 'URL to container registry' },
      { flags: '--image <image>', text: 'Name of the image' },
      { flags: '--tag <tag>', text: 'Docker image tag' },
      { flags: '--command <command>', text: 'Program and its arguments, instead of an image' },
      {
        flags: '--env <name=value>',
        text: 'Environment variable; can be repeated',
        isRepeatable: true,
      },
      {
        flags: '--image-pull-secret <image_pull_secret>',
        text: 'Name of the secret for pulling the image from a private registry',
      },
      { flags: '--replicas <replicas>', text: 'Number of replicas (default: 1)', isNumber: true },
      {
        flags: '--args [arg=value...]',
        text: 'CLI arguments of the application (broker and schema registry not required)',
      },
      { flags: '--port <port>', text: 'The container port of the application', isNumber: true },
    ],
    examples: [
      'quick app deploy enrich --registry registry.example.com --image enrich --tag 1.0.0 --args input-topics=products',
      "quick app deploy enrich --command 'node enrich.js' --env LEVEL=info",
    ],
    load: () => import('../commands/bakdata/app-deploy.ts'),
  },
  {
    path: 'app delete',
    summary: 'Delete an application',
    description: 'Stops the application and removes all its state.',
    group: 'bakdata',
    reach: 'deployment',
    isChange: true,
    args: NAME('Name of the application'),
    load: deleteOf('application'),
  },
  {
    path: 'app list',
    summary: 'List all applications',
    group: 'bakdata',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: listOf('application'),
  },
  {
    path: 'app describe',
    summary: 'Display information about an application',
    group: 'bakdata',
    reach: 'deployment',
    args: NAME('Name of the application'),
    formats: ONE_FORMATS,
    load: describeOf('application'),
  },
];
