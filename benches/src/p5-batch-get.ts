import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { mapServer, mirrorOf } from './servers.ts';
import { wrk } from './wrk.ts';

export const batchGet: Benchmark = {
  name: 'p5',
  title: 'P5: the mirror answers 100 keys in one request, against raw bytes joined from a Map',
  async run({ rounds, smoke, say }) {
    const keys = smoke ? 1_000 : 20_000;
    const seconds = smoke ? 1 : 5;
    await using kafka = await BenchKafka.start();
    await kafka.leaveServerCore();
    const topic = await kafka.fill({ records: keys, partitions: 6 });
    const load = async (address: string): Promise<Readonly<Record<string, number>>> => {
      const args = [`/topics/${topic}/keys:batchGet`, String(keys)];
      const target = { url: `http://${address}`, script: 'batch-get.lua', args, connections: 64 };
      await wrk({ ...target, seconds: smoke ? 1 : 2 });
      const many = await wrk({ ...target, seconds });
      return { perSecond: many.requestsPerSecond, p99Ms: many.p99Ms };
    };
    const { mirror, map } = await interleave(
      {
        mirror: async () => {
          await using server = await mirrorOf(kafka, topic);
          return await load(server.address);
        },
        map: async () => {
          await using server = await mapServer(keys);
          return await load(server.address);
        },
      },
      { rounds, say },
    );
    return {
      figures: [
        {
          name: 'mirror to Map',
          value: (mirror['perSecond'] ?? 0) / (map['perSecond'] ?? 0),
          unit: 'ratio',
          target: { min: 0.8 },
        },
        { name: 'mirror', value: mirror['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'Map', value: map['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'mirror p99, 64 connections', value: mirror['p99Ms'] ?? 0, unit: 'ms' },
      ],
      notes: [`100 of ${keys} keys in a request, 6 partitions, 236 bytes each, wrk, ${seconds} s`],
    };
  },
};
