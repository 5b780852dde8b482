import { parseArgs } from 'node:util';

export type ParsedArguments =
  | {
      readonly kind: 'dev' | 'load';
      readonly projectDir: string;
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean };

/** Flags of `dev`, and the variables that they stand for. A flag wins over its variable. */
const FLAGS = {
  kafka: 'QUICK_KAFKA_BOOTSTRAP_SERVER',
  'gateway-port': 'QUICK_GATEWAY_PORT',
  'ingest-port': 'QUICK_INGEST_PORT',
  'mirror-port': 'QUICK_MIRROR_PORT',
  'data-dir': 'QUICK_DATA_DIR',
  'ingest-url': 'QUICK_INGEST_URL',
} as const;

const USAGE = `quick dev <project directory>
  Starts Kafka, ingest, a mirror and a gateway on this machine, loads the project's data and serves
  its schema until Ctrl-C.

quick load <project directory>
  Creates the topics of the project in a Kafka that runs, and loads its data through an ingest that
  runs.

Examples

  quick dev examples/flights
  quick dev examples/flights --gateway-port 9000
  quick load examples/flights --kafka localhost:9092 --ingest-url http://localhost:8081

Options

  --kafka HOST:PORT     dev: use this Kafka instead of starting one
                        load: required                            QUICK_KAFKA_BOOTSTRAP_SERVER
  --gateway-port PORT   dev: default 8080                         QUICK_GATEWAY_PORT
  --ingest-port PORT    dev: default 8081                         QUICK_INGEST_PORT
  --mirror-port PORT    dev: default 8082                         QUICK_MIRROR_PORT
  --data-dir DIR        dev: default .quicksilver                 QUICK_DATA_DIR
  --ingest-url URL      load: default http://127.0.0.1:8081       QUICK_INGEST_URL

Each service of dev has its /readyz and /metrics 1000 above its port.
Exit codes: 0 done, or stopped on request; 1 failed; 2 wrong usage.
`;

export function parseArguments(argv: readonly string[]): ParsedArguments {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        kafka: { type: 'string' },
        'gateway-port': { type: 'string' },
        'ingest-port': { type: 'string' },
        'mirror-port': { type: 'string' },
        'data-dir': { type: 'string' },
        'ingest-url': { type: 'string' },
      },
    });
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help === true || positionals[0] === 'help') {
    return { kind: 'text', text: USAGE, isError: false };
  }
  const [command, projectDir, ...rest] = positionals;
  if ((command !== 'dev' && command !== 'load') || projectDir === undefined || rest.length > 0) {
    return wrong(`expected "dev" or "load" and a directory, found "${positionals.join(' ')}".`);
  }
  const env: Record<string, string> = {};
  for (const [flag, variable] of Object.entries(FLAGS)) {
    const value = values[flag as keyof typeof FLAGS];
    if (value !== undefined) {
      env[variable] = value;
    }
  }
  return { kind: command, projectDir, env };
}

function wrong(why: string): ParsedArguments {
  return { kind: 'text', text: `quick: ${why}\n\n${USAGE}`, isError: true };
}
