import { GATEWAY_ROWS } from './gateway-rows.ts';
import { LAYERS } from './import-layers.ts';
import type { DirectionRow, Fence } from './import-row.ts';
import { MANAGER_ROWS } from './manager-rows.ts';
import { MIRROR_ROWS } from './mirror-rows.ts';

/**
 * What may import what, as data. The reasons are written for the person whose import is refused.
 *
 * Paths are relative to the root of the repository and name a folder with all that is below it, or
 * one file. A row speaks about our own files; the fences at the end speak about packages from npm.
 */

/** The packages of this workspace, with the folder below which their imports resolve. */
export const PACKAGES: Readonly<Record<string, string>> = {
  '@quicksilver/cli': 'packages/cli/src',
  '@quicksilver/codec': 'packages/codec/src',
  '@quicksilver/common': 'packages/common/src',
  '@quicksilver/contracts': 'packages/contracts/src',
  '@quicksilver/definition': 'packages/definition/src',
  '@quicksilver/edge': 'packages/edge/src',
  '@quicksilver/example-flights': 'examples/flights',
  '@quicksilver/gateway': 'services/gateway/src',
  '@quicksilver/ingest': 'services/ingest/src',
  '@quicksilver/kafka': 'packages/kafka/src',
  '@quicksilver/local-kafka': 'packages/local-kafka/src',
  '@quicksilver/manager': 'services/manager/src',
  '@quicksilver/mirror': 'services/mirror/src',
  '@quicksilver/processes': 'packages/processes/src',
  '@quicksilver/resources': 'packages/resources/src',
  '@quicksilver/service': 'packages/service/src',
  '@quicksilver/testkit': 'packages/testkit/src',
};

const COMMON = 'packages/common/src';
const KAFKA = 'packages/kafka/src';
const CODEC = 'packages/codec/src';
const CONTRACTS = 'packages/contracts/src';
/** The packages that every service may use. */
const SHARED = [COMMON, KAFKA, CODEC, CONTRACTS];
const SERVICE_KIT = 'packages/service/src';
const LOCAL_KAFKA = 'packages/local-kafka/src';
const PROCESSES = 'packages/processes/src';
const DEFINITION = 'packages/definition/src';
const RESOURCES = 'packages/resources/src';
const common = (...folders: readonly string[]): readonly string[] =>
  folders.map((folder) => `${COMMON}/${folder}`);

const MEETING_PLACE =
  'services meet only in packages/contracts (for example mirror-api/contract.ts), never in each other';

const packageRows: readonly DirectionRow[] = [
  ...['ingest', 'mirror'].map((service) => ({
    from: `services/${service}`,
    only: [...SHARED, SERVICE_KIT],
    because: MEETING_PLACE,
    binds: 'code and tests' as const,
  })),
  {
    from: 'services/gateway',
    only: [...SHARED, SERVICE_KIT, DEFINITION],
    because: MEETING_PLACE,
    binds: 'code and tests',
  },
  {
    from: 'services/manager',
    only: [...SHARED, SERVICE_KIT, DEFINITION, RESOURCES, PROCESSES],
    because: MEETING_PLACE,
    binds: 'code and tests',
  },
  {
    from: 'packages/common',
    only: [],
    because: 'common is the ground that the rest stands on; it knows no service and no tool',
    binds: 'code and tests',
  },
  {
    from: 'packages/kafka',
    only: [COMMON],
    because: 'kafka reads and writes records; it knows no format of a value and no service',
    binds: 'code and tests',
  },
  {
    from: 'packages/codec',
    only: [COMMON],
    because: 'codec turns bytes into JSON and back; it knows no topic and no Kafka',
    binds: 'code and tests',
  },
  {
    from: 'packages/contracts',
    only: [COMMON, KAFKA, CODEC],
    because: 'contracts is what services agree on; it knows none of them',
    binds: 'code and tests',
  },
  {
    from: 'packages/service',
    only: [COMMON, KAFKA, CONTRACTS],
    because: 'service opens what every service has; it knows none of them',
    binds: 'code and tests',
  },
  {
    from: 'packages/definition',
    only: common('numbers'),
    because:
      'definition parses a schema: of ours it imports only common/numbers, so that every package can use it',
    binds: 'code and tests',
  },
  {
    from: 'packages/resources',
    only: [...common('errors', 'records'), CONTRACTS, DEFINITION],
    because:
      'resources defines each kind for the command and the manager; it knows no Kafka and no HTTP',
    binds: 'code and tests',
  },
  {
    from: 'packages/processes',
    only: [],
    because:
      'processes starts, identifies and ends processes of any kind; it imports nothing of ours',
    binds: 'code and tests',
  },
  {
    from: 'packages/local-kafka',
    only: [PROCESSES],
    because: 'local-kafka starts a broker; it knows nothing of what talks to it',
    binds: 'code and tests',
  },
  {
    from: 'packages/cli',
    only: [...SHARED, DEFINITION, RESOURCES, LOCAL_KAFKA, PROCESSES],
    because: 'the command starts services as processes and talks to them over HTTP',
    binds: 'code and tests',
  },
  {
    from: 'packages/edge',
    only: [...SHARED, SERVICE_KIT],
    because: 'the edge routes by address and holds no logic of a service',
    binds: 'code and tests',
  },
  {
    from: 'packages/testkit',
    only: [...SHARED, LOCAL_KAFKA, PROCESSES, 'services'],
    because: 'the testkit boots services and nothing else',
    binds: 'code and tests',
  },
  {
    from: 'examples',
    only: [COMMON],
    because: 'an example uses Quicksilver as its users do, over HTTP',
    binds: 'code and tests',
  },
];

const sharedRows: readonly DirectionRow[] = [
  {
    from: `${COMMON}/errors`,
    only: [],
    because: 'errors imports nothing of ours, so that everything may import errors',
    binds: 'code',
  },
  {
    from: `${COMMON}/numbers`,
    only: [],
    because: 'numbers imports nothing of ours, so that every other folder may import it',
    binds: 'code',
  },
  {
    from: `${COMMON}/lifecycle`,
    only: common('errors', 'flow'),
    because: 'common/lifecycle may import common/errors and common/flow only',
    binds: 'code',
  },
  ...['config', 'flow', 'access'].map((folder) => ({
    from: `${COMMON}/${folder}`,
    only: common('errors'),
    because: `common/${folder} may import common/errors only`,
    binds: 'code' as const,
  })),
  ...['observe', 'http', 'cache'].map((folder) => ({
    from: `${COMMON}/${folder}`,
    only: common('errors', 'config', 'lifecycle', 'flow', 'access'),
    because: `common/${folder} may import errors, config, lifecycle, flow and access; observe, http and cache never import each other`,
    binds: 'code' as const,
  })),
  {
    from: `${CODEC}/avro`,
    never: [`${CODEC}/registry`],
    because: 'a format reads bytes by a schema it is handed; only codec/registry fetches schemas',
    binds: 'code',
  },
  {
    from: `${CONTRACTS}/mirror-api`,
    never: [`${CONTRACTS}/topics`, `${CONTRACTS}/control`],
    because: 'mirror-api, topics and control are contracts of their own; only control knows topics',
    binds: 'code',
  },
  {
    from: `${CONTRACTS}/topics`,
    never: [`${CONTRACTS}/mirror-api`, `${CONTRACTS}/control`],
    because: 'mirror-api, topics and control are contracts of their own; only control knows topics',
    binds: 'code',
  },
  {
    from: `${CONTRACTS}/control`,
    never: [`${CONTRACTS}/mirror-api`],
    because: 'mirror-api, topics and control are contracts of their own; only control knows topics',
    binds: 'code',
  },
];

/** Rows about the folders of one service, written with the folders' short names. */
function folderRow(
  service: string,
  folder: string,
  row: Pick<DirectionRow, 'because'> & {
    readonly never?: readonly string[];
    readonly typesOnly?: readonly string[];
  },
): DirectionRow {
  const src = `services/${service}/src`;
  return {
    from: `${src}/${folder}`,
    never: (row.never ?? []).map((name) => `${src}/${name}`),
    typesOnly: (row.typesOnly ?? []).map((name) => `${src}/${name}`),
    because: row.because,
    binds: 'code',
  };
}

const ingestRows: readonly DirectionRow[] = [
  folderRow('ingest', 'decode', {
    never: ['http'],
    typesOnly: ['guard', 'produce'],
    because: 'records flow from decode to guard to produce; a stage never calls a later one',
  }),
  folderRow('ingest', 'guard', {
    never: ['http'],
    typesOnly: ['produce'],
    because: 'records flow from decode to guard to produce; a stage never calls a later one',
  }),
  folderRow('ingest', 'produce', {
    never: ['http'],
    because: 'only assemble.ts imports http',
  }),
];

const edgeRows: readonly DirectionRow[] = [
  {
    from: 'packages/edge/src/route',
    only: common('errors'),
    because: 'route is a function of the URL and of the deployed services',
    binds: 'code',
  },
  {
    from: 'packages/edge/src/proxy',
    never: ['packages/edge/src/http'],
    because: 'proxy carries bytes between two connections; http decides which, and calls it',
    binds: 'code',
  },
];

export const DIRECTIONS: readonly DirectionRow[] = [
  ...packageRows,
  ...sharedRows,
  ...MIRROR_ROWS,
  ...GATEWAY_ROWS,
  ...ingestRows,
  ...edgeRows,
  ...MANAGER_ROWS,
  ...LAYERS,
];

export const FENCES: readonly Fence[] = [
  {
    npm: ['@platformatic/kafka', 'kafkajs'],
    inside: [
      `${KAFKA}/*-adapter*.ts`,
      // Writes as other programs do, with the partitioner that the library has by default.
      'tests/e2e/partitioners/clients.ts',
    ],
    because: 'a Kafka client is swapped by changing its adapter and nothing else',
  },
  {
    npm: ['avsc'],
    inside: [
      `${CODEC}/avro/*.test.ts`,
      'packages/testkit/src/registry/avro-long.ts',
      'tests/e2e/types/*.ts',
    ],
    because: 'our own code reads and writes Avro, and avsc is the oracle of its tests',
  },
  {
    npm: ['@xmldom/xmldom'],
    inside: ['packages/local-kafka/src/maven/maven-settings.ts'],
    because: 'XML is read in one place, the settings of Maven',
  },
  {
    npm: ['classic-level'],
    inside: ['services/mirror/src/store/level-database.ts'],
    because: 'what is used of LevelDB is in one place',
  },
  {
    npm: ['fastify'],
    inside: [
      'packages/common/src/http/*.ts',
      'packages/edge/src/http/*.ts',
      'services/*/src/http/*.ts',
    ],
    because: 'only the http folders know which server they run on',
  },
  {
    npm: ['@fastify/swagger', '@fastify/swagger-ui'],
    inside: ['services/manager/src/http/manager-api.ts'],
    because: 'they serve the page of the manager; OpenAPI is generated by common/http',
  },
  {
    npm: ['graphql-yoga'],
    inside: ['services/gateway/src/execute/yoga.ts'],
    because: 'the GraphQL server is swapped by changing yoga.ts and nothing else',
  },
  {
    npm: ['jose'],
    inside: [`${COMMON}/http/token-check*.ts`, 'packages/testkit/src/clients/token-issuer.ts'],
    because: 'tokens are verified in one place',
  },
  {
    npm: ['ioredis'],
    inside: [`${COMMON}/cache/shared-cache.ts`],
    because: 'the shared cache is swapped by changing shared-cache.ts and nothing else',
  },
  {
    npm: ['pino', 'prom-client'],
    inside: ['packages/common/src/observe/*.ts'],
    because: 'logs and metrics are made in common/observe and handed in',
  },
];
