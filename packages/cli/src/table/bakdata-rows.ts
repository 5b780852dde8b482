import type { RunnableRow } from '../grammar/command-call.ts';
import type { OptionRow } from '../grammar/command-row.ts';
import { LIST_FORMATS, NAME, ONE_FORMATS } from './row-parts.ts';

const TYPES = ['int', 'long', 'string', 'double', 'schema'];
const TAG: OptionRow = {
  flags: '--tag <tag>',
  text: 'Docker image tag (defaults to currently installed tag)',
};
const RANGE_FIELD: OptionRow = {
  flags: '--range-field <range_field>',
  text: 'The field name, which the range index should be built on',
};
const RANGE_KEY: OptionRow = {
  flags: '--range-key <range_key>',
  text: 'The field that takes the place of the key in the range index',
};
const RANGE_TYPE: OptionRow = {
  flags: '--range-type <range_type>',
  text: 'The order of the range field; without it that of its type in the schema, else number',
  choices: ['number', 'string', 'timestamp'],
};
const RETENTION: OptionRow = {
  flags: '--retention-time <retention_time>',
  text: 'Retention time of data in the topic (if not given, the data is kept indefinitely)',
};

const RETENTION_TOMBSTONES: OptionRow = {
  flags: '--retention-tombstones',
  text: 'Write a tombstone into the topic for each key that is older than the retention time (default: False)',
};

/** Quick's commands for single things, and what its client lacked. */
export const RESOURCE_ROWS: readonly RunnableRow[] = [
  {
    path: 'topic create',
    summary: 'Create a new topic',
    group: 'quick',
    reach: 'deployment',
    args: NAME('The name of the topic'),
    options: [
      {
        flags: '-k, --key-type <type>',
        text: `The key type of the topic: ${TYPES.join(', ')} or json`,
        choices: [...TYPES, 'json'],
        isRequired: true,
      },
      {
        flags: '-v, --value-type <type>',
        text: `The value type of the topic: ${TYPES.join(', ')}, json or avro`,
        choices: [...TYPES, 'json', 'avro'],
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
        text: 'The topic is in Kafka already: it is made known, and never deleted there. Required for values of type avro, which the schema registry describes',
      },
      {
        flags: '--record-names',
        text: 'Values of type avro say the name of each record as __typename, by which unions and interfaces know it',
      },
      RETENTION,
      RETENTION_TOMBSTONES,
      RANGE_FIELD,
      RANGE_KEY,
      RANGE_TYPE,
    ],
    examples: [
      'quick topic create products -k int -v schema -s shop.Product',
      'quick topic create shop-events -k string -v avro --register --record-names',
    ],
    load: () => import('../commands/bakdata/topic-create.ts'),
  },
  {
    path: 'topic delete',
    summary: 'Delete a topic',
    description: 'Deletes the topic, its mirror and its data, and asks nothing, as quick-cli does.',
    group: 'quick',
    reach: 'deployment',
    args: NAME('Topic to delete'),
    load: () => import('../commands/bakdata/topic-delete.ts'),
  },
  {
    path: 'topic list',
    summary: 'List all topics',
    group: 'quick',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: () => import('../commands/bakdata/topic-list.ts'),
  },
  {
    path: 'topic describe',
    summary: 'Display information for a topic',
    group: 'quick',
    reach: 'deployment',
    args: NAME('The name of the topic.'),
    formats: ONE_FORMATS,
    load: () => import('../commands/bakdata/topic-describe.ts'),
  },
  {
    path: 'mirror create',
    summary: 'Mirror a Kafka topic',
    description: 'Create a mirror for a topic and make it queryable through a gateway',
    group: 'quick',
    reach: 'deployment',
    args: [{ name: 'TOPIC', text: 'Topic to mirror' }],
    options: [
      TAG,
      { flags: '--replicas <replicas>', text: 'Number of replicas (default: 1)', isNumber: true },
      RANGE_FIELD,
      RANGE_KEY,
      RANGE_TYPE,
      RETENTION,
      RETENTION_TOMBSTONES,
    ],
    load: () => import('../commands/bakdata/mirror-create.ts'),
  },
  {
    path: 'mirror delete',
    summary: 'Delete a mirror',
    description:
      'Deletes the mirror only. The topic and its data stay; with Quick they were deleted too.',
    group: 'quick',
    reach: 'deployment',
    args: [{ name: 'TOPIC', text: 'Topic to delete mirror from' }],
    load: () => import('../commands/bakdata/mirror-delete.ts'),
  },
  {
    path: 'mirror list',
    summary: 'List all mirrors',
    group: 'quick',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: () => import('../commands/bakdata/mirror-list.ts'),
  },
  {
    path: 'mirror describe',
    summary: 'Display information about a mirror',
    group: 'quick',
    reach: 'deployment',
    args: NAME('The name of the mirror'),
    formats: ONE_FORMATS,
    load: () => import('../commands/bakdata/mirror-describe.ts'),
  },
  {
    path: 'gateway create',
    summary: 'Create a gateway',
    group: 'quick',
    reach: 'deployment',
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
    group: 'quick',
    reach: 'deployment',
    args: NAME('Name of the gateway'),
    load: () => import('../commands/bakdata/gateway-delete.ts'),
  },
  {
    path: 'gateway apply',
    summary: 'Apply a new schema to a gateway',
    group: 'quick',
    reach: 'deployment',
    args: NAME('Name of the gateway'),
    options: [
      {
        flags: '-f, --file <file>',
        text: 'Location of the schema file; - reads standard input',
        isRequired: true,
      },
    ],
    load: () => import('../commands/bakdata/gateway-apply.ts'),
  },
  {
    path: 'gateway lint',
    summary: 'Check a schema without applying it',
    description:
      'Tells everything that is wrong with it, with line and column, by the rules of the gateway and without a deployment. With --live, --context or -X it is also compared with the deployment: a topic that does not exist yet is a warning; keys, values and ranges of another type and hosts that @rest may not fetch from are errors. Without a deployment it says what it could not check.',
    group: 'quick',
    reach: 'deployment',
    options: [
      {
        flags: '-f, --file <file>',
        text: 'Location of the schema file; - reads standard input',
        isRequired: true,
      },
      { flags: '--live', text: 'Compare with the topics of the active context too' },
      {
        flags: '--documents <folder>',
        text: 'Check the trusted documents of this folder against the schema too',
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
    group: 'quick',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: () => import('../commands/bakdata/gateway-list.ts'),
  },
  {
    path: 'gateway describe',
    summary: 'Display information about a gateway',
    group: 'quick',
    reach: 'deployment',
    args: NAME('The name of the gateway.'),
    formats: ONE_FORMATS,
    load: () => import('../commands/bakdata/gateway-describe.ts'),
  },
  {
    path: 'gateway schema',
    summary: 'Display the schema of a gateway in Avro or GraphQL format',
    group: 'quick',
    reach: 'deployment',
    args: [
      { name: 'NAME', text: 'The name of the gateway.' },
      { name: 'TYPE', text: 'The type name used in the gateway schema.' },
    ],
    options: [
      {
        flags: '--avro',
        text: 'Determines if the returned format should be in Avro (If not set GraphQL format is returned).',
      },
    ],
    load: () => import('../commands/bakdata/gateway-schema.ts'),
  },
  {
    path: 'app deploy',
    summary: 'Deploy a new application',
    description:
      'An application is an image (--registry, --image and --tag), or a command of the machine on which the manager runs (--command). It is told where Kafka is in QUICK_KAFKA_BOOTSTRAP_SERVER, and gets --args as --name value.',
    group: 'quick',
    reach: 'deployment',
    args: NAME('Name of the application (must be unique)'),
    options: [
      { flags: '--registry <registry_url>', text: 'URL to container registry' },
      { flags: '--image <image>', text: 'Name of the image' },
      { flags: '--tag <tag>', text: 'Docker image tag' },
      { flags: '--command <command>', text: 'Program and its arguments, in place of an image' },
      { flags: '--env <name=value>', text: 'A variable of its environment', isRepeatable: true },
      {
        flags: '--image-pull-secret <image_pull_secret>',
        text: 'The name of the image pull secret (in a string format) for pulling an image from a private registry',
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
    description:
      'Delete an application. This stops the running application and removes all its state.',
    group: 'quick',
    reach: 'deployment',
    args: NAME('Name of the application'),
    load: () => import('../commands/bakdata/app-delete.ts'),
  },
  {
    path: 'app list',
    summary: 'List all applications',
    group: 'quick',
    reach: 'deployment',
    formats: LIST_FORMATS,
    load: () => import('../commands/bakdata/app-list.ts'),
  },
  {
    path: 'app describe',
    summary: 'Display information about an application',
    group: 'quick',
    reach: 'deployment',
    args: NAME('Name of the application'),
    formats: ONE_FORMATS,
    load: () => import('../commands/bakdata/app-describe.ts'),
  },
];
