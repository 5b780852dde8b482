import type { RunnableRow } from '../grammar/command-call.ts';

const TYPE_WORDS = [
  'string',
  'integer',
  'long',
  'double',
  'json',
  'short',
  'float',
  'boolean',
  'bytes',
  'uuid',
];
const FORMAT_WORDS = ['avro', 'protobuf', 'json-schema'];

/** Commands that read and write records. */
export const DATA_ROWS: readonly RunnableRow[] = [
  {
    path: 'produce',
    summary: 'Write records to a topic',
    description:
      'Writes one record from --key and --value, or one per line from a file or standard input: {"key": …, "value": …}. Keys and values are JSON; with --key and --value, strings need no quotes if the topic has strings. Each record of a file has an outcome: ok, not_written or unknown.',
    group: 'data',
    reach: 'deployment',
    isChange: true,
    args: [{ name: 'TOPIC', text: 'Name of the topic' }],
    options: [
      { flags: '-k, --key <key>', text: 'Key of one record' },
      { flags: '--value <value>', text: 'Value of one record' },
      { flags: '--delete', text: 'Write a tombstone for the key instead of a value' },
      { flags: '-f, --file <file>', text: 'File with one record per line; - reads standard input' },
    ],
    formats: ['table', 'json', 'jsonl'],
    examples: [
      `quick produce products -k 1 --value '{"id":1,"name":"tea"}'`,
      'quick produce products -k 1 --delete',
      'quick produce products -f products.ndjson',
    ],
    load: () => import('../commands/data/produce.ts'),
  },
  {
    path: 'ls',
    summary: 'Show a topic as a table of its latest values',
    description: 'Reads the mirror of the topic, in no particular order.',
    group: 'data',
    reach: 'deployment',
    args: [{ name: 'TOPIC', text: 'Name of the topic' }],
    options: [{ flags: '--limit <count>', text: 'Number of keys (default: 100)', isNumber: true }],
    formats: ['table', 'json', 'yaml', 'jsonl', 'name'],
    examples: ['quick ls products', 'quick ls products --limit 1000 -o jsonl'],
    load: () => import('../commands/data/ls.ts'),
  },
  {
    path: 'get-key',
    summary: 'Print the latest value of a key',
    group: 'data',
    reach: 'deployment',
    args: [
      { name: 'TOPIC', text: 'Name of the topic' },
      { name: 'KEY', text: 'The key; a string needs no quotes' },
    ],
    formats: ['json', 'jsonl', 'yaml'],
    examples: ['quick get-key products 1'],
    load: () => import('../commands/data/get-key.ts'),
  },
  {
    path: 'tail',
    summary: 'Print the records of a topic as they arrive',
    description:
      'Reads the topic directly from Kafka, so it requires the addresses of the brokers: -X brokers=…, brokers of the context, or QUICK_KAFKA_BOOTSTRAP_SERVER. The schema registry is found in the same way: -X registry=…, the context, or QUICK_KAFKA_SCHEMA_REGISTRY_URL. The types come from the manager, unless you set both. The formats of a topic that is not registered are detected.',
    group: 'data',
    reach: 'deployment',
    args: [{ name: 'TOPIC', text: 'Name of the topic' }],
    options: [
      {
        flags: '--from <position>',
        text: 'beginning, latest, an offset, or a time such as 2026-01-31T09:00:00Z (default: latest)',
      },
      { flags: '--partition <number>', text: 'Only this partition', isNumber: true },
      { flags: '--key <key>', text: 'Only records with this key' },
      { flags: '--contains <text>', text: 'Only records whose value, as JSON, contains this text' },
      {
        flags: '--where <path=value>',
        text: 'Only records whose value has this member, such as position.lat=52.5',
      },
      {
        flags: '--header <name[=value]>',
        text: 'Only records with this header; value is its text',
      },
      { flags: '--headers', text: 'Print headers too; JSON formats always have them' },
      { flags: '--limit <count>', text: 'Stop after so many records', isNumber: true },
      { flags: '--no-follow', text: 'Stop at the current end of the topic' },
      {
        flags: '--key-type <type>',
        text: `One of ${[...TYPE_WORDS, ...FORMAT_WORDS].join(', ')}; the last three require the schema registry`,
        choices: [...TYPE_WORDS, ...FORMAT_WORDS],
      },
      {
        flags: '--value-type <type>',
        text: `One of ${[...TYPE_WORDS, ...FORMAT_WORDS].join(', ')}; the last three require the schema registry`,
        choices: [...TYPE_WORDS, ...FORMAT_WORDS],
      },
    ],
    formats: ['table', 'json', 'jsonl'],
    examples: [
      'quick tail products -X brokers=localhost:9092',
      'quick tail products --from beginning --no-follow -o jsonl',
      'quick tail products --from 2026-01-31T09:00:00Z --where price=1.2 --headers',
    ],
    load: () => import('../commands/data/tail.ts'),
  },
  {
    path: 'query',
    summary: 'Send a GraphQL operation to a gateway',
    description:
      'Prints the answer as JSON and keeps all digits. A subscription prints one line per event until Ctrl-C. The exit code is 1 if the answer has errors.',
    group: 'data',
    reach: 'deployment',
    args: [
      { name: 'GATEWAY', text: 'Name of the gateway' },
      { name: 'OPERATION', text: 'The operation, unless -f names a file', isOptional: true },
    ],
    options: [
      { flags: '-f, --file <file>', text: 'File with the operation; - reads standard input' },
      { flags: '--variables <json>', text: 'Variables, as a JSON object' },
      { flags: '--operation <name>', text: 'Name of the operation, if there are several' },
    ],
    formats: ['json', 'jsonl', 'yaml'],
    examples: [
      "quick query shop '{ products { id name } }'",
      `quick query shop 'query($id: Int!) { product(id: $id) { name } }' --variables '{"id":1}'`,
    ],
    load: () => import('../commands/data/query.ts'),
  },
];
