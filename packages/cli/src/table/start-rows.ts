import type { RunnableRow } from '../grammar/command-call.ts';
import type { ArgumentRow, OptionRow } from '../grammar/command-row.ts';
import { ENVIRONMENT } from './row-parts.ts';

const PROJECT: ArgumentRow = {
  name: 'DIR',
  text: 'Directory with quick.yaml (default: the working directory)',
  isOptional: true,
};
const DATA_DIR: OptionRow = {
  flags: '--data-dir <dir>',
  text: 'Data directory (QUICK_DATA_DIR; default: .quicksilver in the directory of the project)',
};

/** Commands that need no deployment, or start a local one. */
export const START_ROWS: readonly RunnableRow[] = [
  {
    path: 'init',
    summary: 'Create a small project that works',
    description:
      'Writes quick.yaml, a schema, a few records and a query to the directory, and creates the directory if it is missing. It never overwrites a file. With --from-topics the project registers existing topics, and its schema is generated from them.',
    group: 'start',
    reach: 'deployment',
    args: [
      {
        name: 'DIR',
        text: 'Directory of the project (default: the working directory)',
        isOptional: true,
      },
    ],
    options: [
      {
        flags: '--from-topics <topics>',
        text: 'Topics of the broker of the deployment: names separated by commas, or a pattern such as "shop.*"',
      },
    ],
    examples: ['quick init shop', 'quick init', "quick init shop --from-topics 'shop.*'"],
    load: () => import('../commands/start/init.ts'),
  },
  {
    path: 'dev',
    summary: 'Start everything on this machine and serve a project',
    description:
      'Starts Kafka, ingest, the manager and the edge on this machine. Then it applies quick.yaml like quick apply, loads the data of the project, and serves everything on one port until Ctrl-C. If a file of the project changes, it shows the differences and applies them; if the file has a mistake, the previous version keeps serving. Topics with register are created if Kafka is local and they are missing. By default all state is in .quicksilver in the directory of the project.',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [
      {
        flags: '--kafka <host:port>',
        text: 'Use this Kafka instead of starting one (QUICK_KAFKA_BOOTSTRAP_SERVER)',
      },
      { flags: '--port <port>', text: 'Port for users (QUICK_PORT; default: 8080)' },
      DATA_DIR,
      ENVIRONMENT,
      { flags: '--ephemeral', text: 'Remove all state at the end' },
    ],
    examples: ['quick dev', 'quick dev examples/flights --port 9000', 'quick dev --ephemeral'],
    exits: '0 stopped on request · 1 failed · 2 wrong usage',
    load: () => import('../commands/start/dev.ts'),
  },
  {
    path: 'dev status',
    summary: 'Show the processes of quick dev',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [DATA_DIR],
    formats: ['table', 'json', 'yaml', 'jsonl', 'name'],
    examples: ['quick dev status', 'quick dev status examples/flights -o json'],
    exits: '0 quick dev runs · 3 quick dev does not run',
    load: () => import('../commands/start/dev-status.ts'),
  },
  {
    path: 'dev stop',
    summary: 'Stop quick dev and its processes, from any terminal',
    description:
      'Stops quick dev and all processes that it started, including those that a killed quick dev left. It keeps the data.',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [DATA_DIR],
    examples: ['quick dev stop', 'quick dev stop examples/flights'],
    exits: '0 stopped · 1 failed',
    load: () => import('../commands/start/dev-stop.ts'),
  },
  {
    path: 'dev reset',
    summary: 'Delete all local data of a project',
    description:
      'Fails if quick dev runs. It does not touch topics in a Kafka that quick dev did not start.',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [DATA_DIR],
    examples: ['quick dev reset --yes'],
    exits: '0 done · 1 failed · 2 wrong usage · 4 quick dev runs',
    load: () => import('../commands/start/dev-reset.ts'),
  },
  {
    path: 'load',
    summary: 'Load the data of a project into a running Kafka',
    description:
      'For services without a manager: creates the topics of the project in a running Kafka, and loads its data through a running ingest.',
    group: 'start',
    reach: 'local',
    args: [{ name: 'DIR', text: 'Directory with quick.yaml' }],
    options: [
      {
        flags: '--kafka <host:port>',
        text: 'Address of Kafka (required; QUICK_KAFKA_BOOTSTRAP_SERVER)',
      },
      {
        flags: '--ingest-url <url>',
        text: 'Address of ingest (QUICK_INGEST_URL; default: http://127.0.0.1:8081)',
      },
    ],
    examples: ['quick load examples/flights --kafka localhost:9092'],
    exits: '0 done · 1 failed · 2 wrong usage',
    load: () => import('../commands/start/load.ts'),
  },
  {
    path: 'doctor',
    summary: 'Check this machine and the deployment',
    description:
      'Checks Java, the contexts, the deployment and its Kafka: connection, TLS, authentication, version, internal topics, ACLs and the schema registry. Prints one line for each check with a remedy. With --acls it prints the least rights of each service as kafka-acls commands and checks nothing. With --service, missing rights of the user are failures.',
    group: 'start',
    reach: 'deployment',
    options: [
      { flags: '--acls', text: 'Print the ACLs that the services need' },
      {
        flags: '--service <names>',
        text: 'Services whose rights are checked or printed: manager, ingest, mirror, gateway, edge or cli, separated by commas (default: all)',
      },
      {
        flags: '--topics <names>',
        text: 'Topics of users, separated by commas; name* is a prefix (default: the topics of the manager)',
      },
      {
        flags: '--principal <principal>',
        text: 'User in ACLs; {service} is replaced by the name of the service (default: User:quick-{service} with --acls, else the user of the connection)',
      },
    ],
    formats: ['table', 'json', 'yaml', 'jsonl'],
    examples: [
      'quick doctor',
      'quick doctor -X brokers=localhost:9092',
      "quick doctor --acls --topics 'shop.*,customers'",
      'quick doctor --service mirror -X kafka-config=mirror.properties',
    ],
    exits: '0 all checks passed · 1 a check failed',
    load: () => import('../commands/start/doctor.ts'),
  },
  {
    path: 'explain',
    summary: 'Explain an error code and what to do about it',
    group: 'start',
    reach: 'local',
    args: [{ name: 'CODE', text: 'Error code, such as KEY_EXISTS' }],
    examples: ['quick explain KEY_EXISTS'],
    exits: '0 done · 2 unknown code',
    load: () => import('../commands/start/explain.ts'),
  },
];
