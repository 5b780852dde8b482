import { WRONG_GATEWAY_IMPORTS } from './wrong-gateway-imports.ts';
import { WRONG_MANAGER_IMPORTS } from './wrong-manager-imports.ts';
import { insideCli, insideDefinition, insideTestkit } from './wrong-layers.ts';
import { use, useType, wrong, type WrongImport } from './wrong-import.ts';
import { WRONG_MIRROR_IMPORTS } from './wrong-mirror-imports.ts';

const COMMON = 'packages/common/src';
const KAFKA = 'packages/kafka/src';
const CODEC = 'packages/codec/src';
const CONTRACTS = 'packages/contracts/src';
const MIRROR = 'services/mirror/src';
const GATEWAY = 'services/gateway/src';
const INGEST = 'services/ingest/src';
const EDGE = 'packages/edge/src';
const CLI = 'packages/cli/src';

const betweenPackages: readonly WrongImport[] = [
  ...['ingest', 'mirror', 'gateway'].flatMap((service) =>
    ['ingest', 'mirror', 'gateway', 'manager']
      .filter((other) => other !== service)
      .map((other) =>
        wrong(
          `${service} imports ${other}`,
          `services/${service}/src/query/takes-${other}.ts`,
          useType(`@quicksilver/${other}/config`),
          'services meet only in packages/contracts',
        ),
      ),
  ),
  wrong(
    'even a test of a service imports no other service',
    `${MIRROR}/other.test.ts`,
    use('@quicksilver/ingest/config'),
    'services meet only in packages/contracts',
  ),
  wrong(
    'a relative path leaves a package',
    `${MIRROR}/escapes.ts`,
    use('../../ingest/src/config.ts'),
    'belongs to another package',
  ),
  wrong(
    'a type is taken by an import() of a service',
    `${GATEWAY}/late.ts`,
    `export const late = import('@quicksilver/mirror/config');\n`,
    'services meet only in packages/contracts',
  ),
  wrong(
    'common imports a service',
    `${COMMON}/flow/takes-service.ts`,
    use('@quicksilver/mirror/config'),
    'common is the ground',
  ),
  wrong(
    'the service kit imports a service',
    'packages/service/src/takes-service.ts',
    useType('@quicksilver/mirror/config'),
    'service opens what every service has',
  ),
  wrong(
    'the command imports the service kit',
    'packages/cli/src/takes-kit.ts',
    use('@quicksilver/service/service-kit'),
    'talks to them over HTTP',
  ),
  wrong(
    'common imports local-kafka',
    `${COMMON}/flow/takes-local.ts`,
    use('@quicksilver/local-kafka/local-kafka'),
    'common is the ground',
  ),
  wrong(
    'cli imports a service',
    'packages/cli/src/takes.ts',
    use('@quicksilver/gateway/assemble'),
    'may be imported by main.ts, the testkit and tests only',
  ),
  wrong(
    'cli imports a part of a service',
    'packages/cli/src/takes-config.ts',
    use('@quicksilver/gateway/config'),
    'the command starts services as processes',
  ),
  wrong(
    'local-kafka imports a service',
    'packages/local-kafka/src/takes.ts',
    use('@quicksilver/gateway/config'),
    'local-kafka starts a broker',
  ),
  wrong(
    'processes imports common',
    'packages/processes/src/takes.ts',
    use('@quicksilver/common/flow/deadline'),
    'it imports nothing of ours',
  ),
  wrong(
    'the testkit imports the command',
    'packages/testkit/src/takes.ts',
    use('@quicksilver/cli/dev'),
    'the testkit boots services',
  ),
  wrong(
    'an example imports a service',
    'examples/flights/takes.ts',
    use('@quicksilver/ingest/config'),
    'an example uses Quicksilver as its users do',
  ),
  wrong(
    'src imports the testkit',
    `${MIRROR}/apply/takes-testkit.ts`,
    use('@quicksilver/testkit/oracle'),
    'never imports the testkit',
  ),
  wrong(
    'src imports a test',
    `${MIRROR}/apply/takes-test.ts`,
    use('./applier.test.ts'),
    'a test is never imported',
  ),
  wrong(
    'a test imports a test',
    `${MIRROR}/apply/one.test.ts`,
    use('./two.test.ts'),
    'a test is never imported',
  ),
  wrong(
    'a part imports assemble.ts',
    `${MIRROR}/http/takes-assemble.ts`,
    use('../assemble.ts'),
    'may be imported by main.ts, the testkit and tests only',
  ),
  wrong('main.ts is imported', `${MIRROR}/takes-main.ts`, use('./main.ts'), 'is an executable'),
  wrong(
    'even a test does not import main.ts',
    'tests/e2e/takes-main.test.ts',
    use('@quicksilver/mirror/main'),
    'is an executable',
  ),
];

const insideShared: readonly WrongImport[] = [
  wrong(
    'errors imports config',
    `${COMMON}/errors/takes.ts`,
    use('../config/option.ts'),
    'errors imports nothing of ours',
  ),
  ...['config', 'lifecycle', 'flow'].map((folder) =>
    wrong(
      `${folder} imports observe`,
      `${COMMON}/${folder}/takes.ts`,
      useType('../observe/log.ts'),
      'may import common/errors',
    ),
  ),
  ...[
    ['observe', 'http'],
    ['http', 'observe'],
    ['cache', 'http'],
  ].map(([from = '', to = '']) =>
    wrong(
      `${from} imports ${to}`,
      `${COMMON}/${from}/takes-${to}.ts`,
      use(`../${to}/part.ts`),
      'never import each other',
    ),
  ),
  ...['kafka', 'codec', 'contracts'].map((name) =>
    wrong(
      `common imports ${name}`,
      `${COMMON}/http/takes-${name}.ts`,
      useType(`@quicksilver/${name}/part`),
      'common is the ground',
    ),
  ),
  ...['codec', 'contracts'].map((name) =>
    wrong(
      `kafka imports ${name}`,
      `${KAFKA}/takes-${name}.ts`,
      useType(`@quicksilver/${name}/part`),
      'no format of a value and no service',
    ),
  ),
  ...['kafka', 'contracts'].map((name) =>
    wrong(
      `codec imports ${name}`,
      `${CODEC}/registry/takes-${name}.ts`,
      useType(`@quicksilver/${name}/part`),
      'knows no topic and no Kafka',
    ),
  ),
  wrong(
    'a format fetches a schema',
    `${CODEC}/avro/takes-registry.ts`,
    use('../registry/schema-registry.ts'),
    'only codec/registry fetches schemas',
  ),
  wrong(
    'contracts imports a service',
    `${CONTRACTS}/topics/takes.ts`,
    use('@quicksilver/mirror/config'),
    'it knows none of them',
  ),
  ...[
    ['topics', 'mirror-api'],
    ['topics', 'control'],
    ['mirror-api', 'topics'],
    ['control', 'mirror-api'],
  ].map(([from = '', to = '']) =>
    wrong(
      `${from} imports ${to}`,
      `${CONTRACTS}/${from}/takes-${to}.ts`,
      use(`../${to}/part.ts`),
      'contracts of their own',
    ),
  ),
];

const insideServices: readonly WrongImport[] = [
  wrong(
    'definition imports anything of ours',
    'packages/definition/src/takes.ts',
    use('@quicksilver/common/errors/app-error'),
    'of ours it imports only common/numbers',
  ),
  wrong(
    'common/numbers imports anything of ours',
    'packages/common/src/numbers/takes.ts',
    use('../errors/app-error.ts'),
    'numbers imports nothing of ours',
  ),
  wrong(
    'resources imports Kafka',
    'packages/resources/src/takes-kafka.ts',
    useType('@quicksilver/kafka/ports'),
    'it knows no Kafka and no HTTP',
  ),
  wrong(
    'resources imports HTTP',
    'packages/resources/src/takes-http.ts',
    useType('@quicksilver/common/http/http-server'),
    'it knows no Kafka and no HTTP',
  ),
  wrong(
    'mirror imports resources',
    `${MIRROR}/query/takes-resources.ts`,
    useType('@quicksilver/resources/mirror'),
    'services meet only in packages/contracts',
  ),
  wrong(
    'mirror imports definition',
    `${MIRROR}/query/takes-definition.ts`,
    useType('@quicksilver/definition/binding'),
    'services meet only in packages/contracts',
  ),
  ...WRONG_GATEWAY_IMPORTS,
  ...WRONG_MANAGER_IMPORTS,
  ...WRONG_MIRROR_IMPORTS,
  wrong(
    'ingest/decode imports produce',
    `${INGEST}/decode/takes-produce.ts`,
    use('../produce/producer.ts'),
    'from decode to guard to produce',
  ),
  wrong(
    'edge/route imports proxy',
    `${EDGE}/route/takes-proxy.ts`,
    use('../proxy/exchange.ts'),
    'a function of the URL',
  ),
  wrong(
    'edge/proxy imports http',
    `${EDGE}/proxy/takes-http.ts`,
    use('../http/sockets.ts'),
    'carries bytes between two connections',
  ),
];

const fences: readonly WrongImport[] = (
  [
    ['@platformatic/kafka', `${KAFKA}/ports-of-client.ts`],
    ['@platformatic/kafka', `${MIRROR}/source/takes-client.ts`],
    ['kafkajs', `${INGEST}/produce/takes-client.ts`],
    ['classic-level', `${MIRROR}/store/other-store.ts`],
    ['fastify', `${MIRROR}/query/takes-fastify.ts`],
    ['fastify', `${GATEWAY}/resolve/takes-fastify.ts`],
    ['fastify', `${EDGE}/proxy/takes-fastify.ts`],
    ['graphql-yoga', `${GATEWAY}/http/other.ts`],
    ['graphql-yoga', `${GATEWAY}/compile/takes-yoga.ts`],
    ['avsc', `${CODEC}/registry/takes-avsc.ts`],
    ['ioredis', `${INGEST}/guard/takes-redis.ts`],
    ['ioredis', `${COMMON}/cache/other-cache.ts`],
    ['pino', `${MIRROR}/apply/takes-pino.ts`],
    ['prom-client', `${MIRROR}/metrics.ts`],
  ] as const
).map(([name, file]) =>
  wrong(`${name} in ${file}`, file, useType(name), `'${name}' may be imported in`),
);

export const WRONG_IMPORTS: readonly WrongImport[] = [
  ...betweenPackages,
  ...insideShared,
  ...insideServices,
  ...insideCli,
  ...insideDefinition,
  ...insideTestkit,
  wrong(
    'cli/table imports run-cli',
    `${CLI}/table/takes-run-cli.ts`,
    use('../run-cli.ts'),
    'only run-cli.ts imports it',
  ),
  ...fences,
];

/** Imports like those above that are right: the rules let them pass. */
export const RIGHT_IMPORTS: Readonly<Record<string, string>> = {
  [`${KAFKA}/platformatic-adapter.ts`]: useType('@platformatic/kafka'),
  [`${COMMON}/http/server.ts`]: `${useType('fastify')}export type { A } from '../lifecycle/part.ts';\n`,
  [`${CONTRACTS}/topics/view.ts`]: use('@quicksilver/kafka/ports'),
  [`${MIRROR}/store/level-database.ts`]: `${useType('classic-level')}export type { P } from '@quicksilver/kafka/position';\n`,
  [`${MIRROR}/query/point.ts`]: useType('../store/read-port.ts'),
  [`${MIRROR}/http/routes.ts`]: `${useType('../query/point.ts')}export type { F } from 'fastify';\n`,
  [`${MIRROR}/main.ts`]: `import { assemble } from './assemble.ts';\nassemble(process.env);\n`,
  [`${MIRROR}/apply/applier.test.ts`]: `${use('@quicksilver/testkit/oracle')}export { a } from '../query/point.ts';\n`,
  'packages/testkit/src/network.ts': use('@quicksilver/mirror/assemble'),
  'packages/cli/src/dev.ts': use('@quicksilver/local-kafka/local-kafka'),
  [`${CLI}/commands/start/dev.ts`]: `${use('../../dev/run-dev.ts')}export { run } from '../../output/part.ts';\n`,
  'tests/e2e/pair.test.ts': `${use('@quicksilver/mirror/assemble')}export { b } from '@quicksilver/ingest/assemble';\n`,
};

/** Other habits that the plugin refuses. */
export const WRONG_HABITS: readonly WrongImport[] = [
  wrong(
    'process.env outside main.ts',
    `${MIRROR}/reads-env.ts`,
    `export const port = process.env['PORT'];\n`,
    'process.env belongs in a main.ts',
  ),
  wrong(
    'process.on outside main.ts',
    `${MIRROR}/listens.ts`,
    `process.on('SIGTERM', () => undefined);\n`,
    'process.on belongs in a main.ts',
  ),
  wrong(
    'exitCode from node:process',
    `${MIRROR}/sets-code.ts`,
    `import process from 'node:process';\nprocess.exitCode = 1;\n`,
    'process.exitCode belongs in a main.ts',
  ),
  wrong(
    'a file that is named for nothing',
    `${MIRROR}/query/utils.ts`,
    'export const two = 2;\n',
    `'utils' says nothing`,
  ),
  wrong(
    'a participle as a name',
    `${MIRROR}/query/participle.ts`,
    'export const start = (text: string): number => {\n  const found = text.length;\n  return found;\n};\n',
    `'found' does not say what it names`,
  ),
];
