import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { startGateway, startMirror } from './servers.ts';
import { LOAD_CORE, wrk } from './wrk.ts';

/** Both topics hold the same documents; a row's partner is looked up in the other one. */
export const schemaOf = (rows: string, partners: string): string => `
type Query {
  row(key: String!): Row @topic(name: "${rows}", keyArgument: "key")
  rows(keys: [String!]!): [Row] @topic(name: "${rows}", keyArgument: "keys")
}
type Row {
  id: Int
  name: String
  price: Float
  partner: String
  partnerRow: Partner @topic(name: "${partners}", keyField: "partner")
}
type Partner {
  id: Int
  name: String
}
`;

export const join: Benchmark = {
  name: 'p1',
  title: 'P1: the gateway joins 100 rows over two topics, every query another one',
  run: (options) => gatewayBenchmark('join.lua', options),
};

export const object: Benchmark = {
  name: 'p2',
  title: 'P2: the gateway answers one object by its key, every query another one',
  run: (options) => gatewayBenchmark('object.lua', options),
};

async function gatewayBenchmark(
  script: string,
  { rounds, smoke, say }: Parameters<Benchmark['run']>[0],
): Promise<BenchmarkResult> {
  const keys = smoke ? 1_000 : 20_000;
  const seconds = smoke ? 1 : 5;
  await using kafka = await BenchKafka.start();
  await kafka.leaveServerCore();
  const topics = [
    await kafka.fill({ records: keys, partitions: 6 }),
    await kafka.fill({ records: Math.ceil(keys / 10), partitions: 3 }),
  ] as const;
  // The mirror shares the core of the load, so that the gateway has one to itself.
  await using mirror = await startMirror(kafka, { topics, core: LOAD_CORE });
  const { gateway } = await interleave(
    {
      gateway: async () => {
        const schema = schemaOf(...topics);
        await using server = await startGateway(kafka, { schema, mirror: mirror.address });
        const target = {
          url: `http://${server.address}`,
          script,
          args: ['/graphql', String(keys)],
        };
        await wrk({ ...target, connections: 64, seconds: smoke ? 1 : 3 });
        const many = await wrk({ ...target, connections: 64, seconds });
        const one = await wrk({ ...target, connections: 1, seconds: Math.ceil(seconds / 2) });
        return {
          perSecond: many.requestsPerSecond,
          p99Ms: many.p99Ms,
          oneP50Ms: one.p50Ms,
          residentMiB: await server.process.peakResidentMiB(),
        };
      },
    },
    { rounds, say },
  );
  return {
    figures: [
      { name: 'gateway', value: gateway['perSecond'] ?? 0, unit: 'requests/s' },
      { name: 'p99, 64 connections', value: gateway['p99Ms'] ?? 0, unit: 'ms' },
      { name: 'p50, 1 connection', value: gateway['oneP50Ms'] ?? 0, unit: 'ms' },
      { name: 'peak resident memory', value: gateway['residentMiB'] ?? 0, unit: 'MiB' },
    ],
    notes: [
      `${keys} rows, one mirror process for both topics on the core of the load, wrk, ${seconds} s`,
    ],
  };
}
