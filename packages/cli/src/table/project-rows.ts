import type { RunnableRow } from '../grammar/command-call.ts';
import type { ArgumentRow, OptionRow } from '../grammar/command-row.ts';
import { LIST_FORMATS } from './row-parts.ts';

const SOURCES =
  'Project file, or the directory that holds quick.yaml; or manifests (apiVersion, kind, metadata, spec), or a directory of such files; - reads standard input. Can be repeated';
const FILE: OptionRow = {
  flags: '-f, --file <file>',
  text: `${SOURCES} (default: quick.yaml)`,
  isRepeatable: true,
};
const RECURSIVE: OptionRow = {
  flags: '-R, --recursive',
  text: 'Read the files of a directory and of all below it',
};
const ENVIRONMENT: OptionRow = {
  flags: '--environment <name>',
  text: 'Apply the overlay of this name in environments',
};
const KIND: ArgumentRow = {
  name: 'KIND',
  text: 'topic (t), mirror (m), gateway (gw) or application (app), singular or plural',
};

/** Commands that Quick did not have. */
export const OWN_ROWS: readonly RunnableRow[] = [
  {
    path: 'apply',
    summary: 'Make the deployment as the project file says',
    description:
      'Creates and changes topics, mirrors, gateways and applications in the order in which they need each other. Twice changes nothing. Where it fails halfway, it says what is done, and a second apply completes it.',
    group: 'project',
    reach: 'deployment',
    options: [
      FILE,
      RECURSIVE,
      ENVIRONMENT,
      { flags: '--dry-run', text: 'Only say what would change' },
      {
        flags: '--prune',
        text: 'Delete everything in the deployment that is not in the file; with topics among it this asks first',
      },
    ],
    formats: ['table', 'name', 'json', 'jsonl', 'yaml'],
    examples: [
      'quick apply -f quick.yaml',
      'quick apply -f quick.yaml --environment production --dry-run',
      'quick apply -f deploy/ -R',
    ],
    load: () => import('../commands/project/apply.ts'),
  },
  {
    path: 'diff',
    summary: 'Show what apply would change',
    group: 'project',
    reach: 'deployment',
    options: [
      FILE,
      RECURSIVE,
      ENVIRONMENT,
      { flags: '--prune', text: 'Show what apply --prune would delete too' },
    ],
    formats: ['table', 'name', 'json', 'jsonl', 'yaml'],
    examples: ['quick diff -f quick.yaml', 'quick diff && echo "nothing to do"'],
    exits:
      '0 no differences · 1 differences · 2 wrong usage or failed · 3 not found · 4 conflict · 130 interrupted',
    load: () => import('../commands/project/diff.ts'),
  },
  {
    path: 'delete',
    summary: 'Delete one thing, or all of a project file',
    description:
      'With -f everything that the file names is deleted, in the reverse order of apply. Deleting a topic deletes its data: it needs --yes, or its name typed on a terminal.',
    group: 'project',
    reach: 'deployment',
    args: [
      { ...KIND, isOptional: true },
      { name: 'NAME', text: 'Its name', isOptional: true },
    ],
    options: [
      { ...FILE, text: SOURCES },
      RECURSIVE,
      ENVIRONMENT,
      { flags: '--force', text: 'Delete a topic although a gateway uses it' },
    ],
    formats: ['table', 'name', 'json', 'jsonl'],
    examples: [
      'quick delete gateway shop',
      'quick delete topic products --yes',
      'quick delete -f quick.yaml',
    ],
    load: () => import('../commands/project/delete.ts'),
  },
  {
    path: 'get',
    summary: 'List things and their states',
    description: 'Without a kind it lists everything. With -w it goes on and prints every change.',
    group: 'look',
    reach: 'deployment',
    args: [
      { ...KIND, text: `${KIND.text}, or all`, isOptional: true },
      { name: 'NAME', text: 'Only this one', isOptional: true },
    ],
    options: [{ flags: '-w, --watch', text: 'Go on, and print every change' }],
    formats: LIST_FORMATS,
    examples: ['quick get', 'quick get topics -o wide', 'quick get gw shop -w -o jsonl'],
    load: () => import('../commands/look/get.ts'),
  },
  {
    path: 'describe',
    summary: 'Show everything about one thing',
    group: 'look',
    reach: 'deployment',
    args: [KIND, { name: 'NAME', text: 'Its name; or write kind/name', isOptional: true }],
    formats: ['yaml', 'json', 'jsonl', 'name'],
    examples: ['quick describe gateway shop', 'quick describe t products -o json'],
    load: () => import('../commands/look/describe.ts'),
  },
  {
    path: 'logs',
    summary: 'Print what a replica has logged',
    group: 'look',
    reach: 'deployment',
    args: [KIND, { name: 'NAME', text: 'Its name; or write kind/name', isOptional: true }],
    options: [
      { flags: '-f, --follow', text: 'Go on with what comes' },
      { flags: '--lines <count>', text: 'Lines of the past (default: 100)', isNumber: true },
      { flags: '--replica <ordinal>', text: 'Which replica, from 0 (default: 0)', isNumber: true },
    ],
    examples: ['quick logs gateway shop -f', 'quick logs app enrich --replica 1 --lines 20'],
    load: () => import('../commands/look/logs.ts'),
  },
  {
    path: 'produce',
    summary: 'Write records to a topic',
    description:
      'Writes one record from --key and --value, or one per line from a file or standard input: {"key": …, "value": …}. Keys and values are JSON, but of a topic of strings they are the text itself. Each record has an outcome: ok, not_written or unknown.',
    group: 'data',
    reach: 'deployment',
    args: [{ name: 'TOPIC', text: 'The topic' }],
    options: [
      { flags: '-k, --key <key>', text: 'Key of one record' },
      { flags: '--value <value>', text: 'Value of one record' },
      { flags: '--delete', text: 'Write a tombstone for the key instead of a value' },
      { flags: '-f, --file <file>', text: 'One record per line; - reads standard input' },
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
    path: 'tail',
    summary: 'Print the records of a topic as they come',
    description:
      'Reads the topic from Kafka itself, so it needs the addresses of the brokers: -X brokers=…, brokers of the context, or QUICK_KAFKA_BOOTSTRAP_SERVER. The types come from the manager, unless they are given.',
    group: 'data',
    reach: 'deployment',
    args: [{ name: 'TOPIC', text: 'The topic' }],
    options: [
      {
        flags: '--from <where>',
        text: 'beginning or latest (default: latest)',
        choices: ['beginning', 'latest'],
      },
      { flags: '--limit <count>', text: 'End after so many records', isNumber: true },
      { flags: '--no-follow', text: 'End at the records that are there now' },
      {
        flags: '--key-type <type>',
        text: 'string, integer, long, double or json',
        choices: ['string', 'integer', 'long', 'double', 'json'],
      },
      {
        flags: '--value-type <type>',
        text: 'string, integer, long, double, json, or avro by the schema registry that QUICK_KAFKA_SCHEMA_REGISTRY_URL names',
        choices: ['string', 'integer', 'long', 'double', 'json', 'avro'],
      },
    ],
    formats: ['table', 'json', 'jsonl'],
    examples: [
      'quick tail products -X brokers=localhost:9092',
      'quick tail products --from beginning --no-follow -o jsonl',
    ],
    load: () => import('../commands/data/tail.ts'),
  },
  {
    path: 'query',
    summary: 'Send a GraphQL operation to a gateway',
    description:
      'Prints the answer as JSON, every digit kept. A subscription prints one line per event until Ctrl-C. Ends with 1 where the answer has errors.',
    group: 'data',
    reach: 'deployment',
    args: [
      { name: 'GATEWAY', text: 'Name of the gateway' },
      { name: 'OPERATION', text: 'The operation, where no file is given', isOptional: true },
    ],
    options: [
      { flags: '-f, --file <file>', text: 'File with the operation; - reads standard input' },
      { flags: '--variables <json>', text: 'Variables, as a JSON object' },
      { flags: '--operation <name>', text: 'Which operation, where there are several' },
    ],
    formats: ['json', 'jsonl', 'yaml'],
    examples: [
      "quick query shop '{ products { id name } }'",
      `quick query shop 'query($id: Int!) { product(id: $id) { name } }' --variables '{"id":1}'`,
    ],
    load: () => import('../commands/data/query.ts'),
  },
  {
    path: 'completion',
    summary: 'Print a script that completes commands in a shell',
    group: 'own',
    reach: 'local',
    args: [{ name: 'SHELL', text: 'bash, zsh or fish' }],
    examples: [
      'source <(quick completion bash)',
      'quick completion zsh > "${fpath[1]}/_quick"',
      'quick completion fish > ~/.config/fish/completions/quick.fish',
    ],
    load: () => import('../commands/completion.ts'),
  },
];
