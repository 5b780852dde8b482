import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { mapServer, mirrorOf } from './servers.ts';
import { wrk } from './wrk.ts';

export const getKey: Benchmark = {
  name: 'p4',
  title: 'P4: the mirror answers GET of one key over HTTP, against the same route from a Map',
  async run({ rounds, smoke, say }) {
    const keys = smoke ? 1_000 : 20_000;
    const seconds = smoke ? 1 : 5;
    await using kafka = await BenchKafka.start();
    await kafka.leaveServerCore();
    const topic = await kafka.fill({ records: keys, partitions: 6 });
    const load = async (address: string): Promise<Readonly<Record<string, number>>> => {
      const script = 'get-key.lua';
      const args = [`/topics/${topic}/keys/`, String(keys)];
      const target = { url: `http://${address}`, script, args };
      await wrk({ ...target, connections: 64, seconds: smoke ? 1 : 2 });
      const many = await wrk({ ...target, connections: 64, seconds });
      const one = await wrk({ ...target, connections: 1, seconds: Math.ceil(seconds / 2) });
      return { perSecond: many.requestsPerSecond, p99Ms: many.p99Ms, oneP50Ms: one.p50Ms };
    };
    const medians = await interleave(
      {
        mirror: async () => {
          await using mirror = await mirrorOf(kafka, topic);
          return await load(mirror.address);
        },
        map: async () => {
          await using server = await mapServer(keys);
          return await load(server.address);
        },
      },
      { rounds, say },
    );
    const { mirror, map } = medians;
    return {
      figures: [
        {
          name: 'mirror to Map',
          value: (mirror['perSecond'] ?? 0) / (map['perSecond'] ?? 0),
          unit: 'ratio',
          target: { min: 0.9 },
        },
        { name: 'mirror', value: mirror['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'Map', value: map['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'mirror p99, 64 connections', value: mirror['p99Ms'] ?? 0, unit: 'ms' },
        { name: 'mirror p50, 1 connection', value: mirror['oneP50Ms'] ?? 0, unit: 'ms' },
      ],
      notes: [`${keys} keys of 6 partitions, documents of about 236 bytes, wrk, ${seconds} s`],
    };
  },
};
