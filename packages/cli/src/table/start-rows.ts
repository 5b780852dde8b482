import type { RunnableRow } from '../grammar/command-call.ts';
import type { ArgumentRow, OptionRow } from '../grammar/command-row.ts';

const PROJECT: ArgumentRow = {
  name: 'DIR',
  text: 'Directory with quick.yaml (default: this one)',
  isOptional: true,
};
const DATA_DIR: OptionRow = {
  flags: '--data-dir <dir>',
  text: 'Default .quicksilver in the directory of the project (QUICK_DATA_DIR)',
};

/** Commands that need no deployment, for they make one. */
export const DEV_ROWS: readonly RunnableRow[] = [
  {
    path: 'init',
    summary: 'Write a small project that works',
    description:
      'Writes quick.yaml, a schema, a few records and a query into the directory, which is made where it is missing. A file that is there already is never overwritten.',
    group: 'start',
    reach: 'local',
    args: [{ name: 'DIR', text: 'Directory of the project (default: this one)', isOptional: true }],
    examples: ['quick init shop', 'quick init'],
    load: () => import('../commands/start/init.ts'),
  },
  {
    path: 'dev',
    summary: 'Start everything on this machine and serve a project',
    description:
      'Starts Kafka, ingest, the manager and the edge on this machine, applies quick.yaml as quick apply does, loads the data of the project, and serves it behind one port until Ctrl-C. A file of the project that changes is applied again: the differences are shown first, and a mistake leaves what was there before. What is kept is in .quicksilver of the project.',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [
      {
        flags: '--kafka <host:port>',
        text: 'Use this Kafka instead of starting one (QUICK_KAFKA_BOOTSTRAP_SERVER)',
      },
      { flags: '--port <port>', text: 'Default 8080 (QUICK_PORT)' },
      DATA_DIR,
      { flags: '--ephemeral', text: 'Keep nothing: the state is removed in the end' },
    ],
    examples: ['quick dev', 'quick dev examples/flights --port 9000', 'quick dev --ephemeral'],
    exits: '0 stopped on request · 1 failed · 2 wrong usage',
    load: () => import('../commands/start/dev.ts'),
  },
  {
    path: 'dev status',
    summary: 'Show what quick dev runs of a project',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [DATA_DIR],
    formats: ['table', 'json', 'yaml', 'jsonl', 'name'],
    examples: ['quick dev status', 'quick dev status examples/flights -o json'],
    exits: '0 it runs · 3 it does not',
    load: () => import('../commands/start/dev-status.ts'),
  },
  {
    path: 'dev stop',
    summary: 'Stop what quick dev runs of a project, from any terminal',
    description:
      'Ends quick dev and every process that it had started, also those that a quick dev has left behind which was killed. The data stay.',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [DATA_DIR],
    examples: ['quick dev stop', 'quick dev stop examples/flights'],
    exits: '0 nothing runs any more · 1 failed',
    load: () => import('../commands/start/dev-stop.ts'),
  },
  {
    path: 'dev reset',
    summary: 'Remove all data that quick dev has kept of a project',
    description:
      'Refuses while quick dev runs. Topics in a Kafka that quick dev did not start itself are left alone.',
    group: 'start',
    reach: 'local',
    args: [PROJECT],
    options: [DATA_DIR],
    examples: ['quick dev reset --yes'],
    exits: '0 done · 1 failed · 2 wrong usage · 4 it runs',
    load: () => import('../commands/start/dev-reset.ts'),
  },
  {
    path: 'load',
    summary: 'Load the data of a project into a Kafka that runs',
    description:
      'For services that run without a manager: creates the topics of the project in a Kafka that runs, and loads its data through an ingest that runs.',
    group: 'start',
    reach: 'local',
    args: [{ name: 'DIR', text: 'Directory with quick.yaml' }],
    options: [
      { flags: '--kafka <host:port>', text: 'The Kafka (required; QUICK_KAFKA_BOOTSTRAP_SERVER)' },
      { flags: '--ingest-url <url>', text: 'Default http://127.0.0.1:8081 (QUICK_INGEST_URL)' },
    ],
    examples: ['quick load examples/flights --kafka localhost:9092'],
    exits: '0 done · 1 failed · 2 wrong usage',
    load: () => import('../commands/start/load.ts'),
  },
  {
    path: 'doctor',
    summary: 'Check what quick needs, and say what is missing',
    description:
      'Looks at this machine, at the contexts and at the deployment, and prints one line for each: ok, warn or fail, and what to do.',
    group: 'start',
    reach: 'deployment',
    formats: ['table', 'json', 'yaml', 'jsonl'],
    examples: ['quick doctor', 'quick doctor -X brokers=localhost:9092'],
    exits: '0 nothing is wrong · 1 something is',
    load: () => import('../commands/start/doctor.ts'),
  },
];
