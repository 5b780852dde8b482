import type { CommandRow } from './command-row.ts';

/** Commands that need no deployment, for they make one. */
export const DEV_ROWS: readonly CommandRow[] = [
  {
    path: 'init',
    summary: 'Write a small project that works',
    description:
      'Writes quick.yaml, schema.graphql and README.md into the directory, which is made where it is missing. A file that is there already is never overwritten.',
    group: 'start',
    reach: 'local',
    args: [{ name: 'DIR', text: 'Directory of the project (default: this one)', isOptional: true }],
    examples: ['quick init shop', 'quick init'],
    load: () => import('../commands/init.ts'),
  },
  {
    path: 'dev',
    summary: 'Start everything on this machine and load a project',
    description:
      'Starts Kafka, ingest, a mirror and a gateway on this machine, loads the data of the project and serves its schema until Ctrl-C. Each service has its /readyz and /metrics 1000 above its port.',
    group: 'start',
    reach: 'local',
    args: [{ name: 'DIR', text: 'Directory with schema.graphql, load.ts and query.graphql' }],
    options: [
      {
        flags: '--kafka <host:port>',
        text: 'Use this Kafka instead of starting one (QUICK_KAFKA_BOOTSTRAP_SERVER)',
      },
      { flags: '--gateway-port <port>', text: 'Default 8080 (QUICK_GATEWAY_PORT)' },
      { flags: '--ingest-port <port>', text: 'Default 8081 (QUICK_INGEST_PORT)' },
      { flags: '--mirror-port <port>', text: 'Default 8082 (QUICK_MIRROR_PORT)' },
      { flags: '--data-dir <dir>', text: 'Default .quicksilver (QUICK_DATA_DIR)' },
    ],
    examples: ['quick dev examples/flights', 'quick dev examples/flights --gateway-port 9000'],
    exits: '0 stopped on request · 1 failed · 2 wrong usage',
    load: () => import('../commands/dev.ts'),
  },
  {
    path: 'load',
    summary: 'Load the data of a project into a Kafka that runs',
    description:
      'Creates the topics of the project in a Kafka that runs, and loads its data through an ingest that runs.',
    group: 'start',
    reach: 'local',
    args: [{ name: 'DIR', text: 'Directory with schema.graphql, load.ts and query.graphql' }],
    options: [
      { flags: '--kafka <host:port>', text: 'The Kafka (required; QUICK_KAFKA_BOOTSTRAP_SERVER)' },
      { flags: '--ingest-url <url>', text: 'Default http://127.0.0.1:8081 (QUICK_INGEST_URL)' },
    ],
    examples: ['quick load examples/flights --kafka localhost:9092'],
    exits: '0 done · 1 failed · 2 wrong usage',
    load: () => import('../commands/load.ts'),
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
    load: () => import('../commands/doctor.ts'),
  },
];
