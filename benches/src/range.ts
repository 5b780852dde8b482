import { RANGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';

import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { RANGE_KEY } from './records.ts';
import { mapServer, startMirror } from './servers.ts';
import { wrk } from './wrk.ts';

export const range: Benchmark = {
  name: 'range',
  title: 'Range: the mirror answers 1,000 rows in one request, against the same bytes from a Map',
  async run({ rounds, smoke, say }) {
    const rows = smoke ? 2_000 : 20_000;
    const seconds = smoke ? 1 : 5;
    await using kafka = await BenchKafka.start();
    await kafka.leaveServerCore();
    const topic = await kafka.fill({ records: rows, partitions: 1, key: RANGE_KEY });
    const load = async (address: string): Promise<Readonly<Record<string, number>>> => {
      const path = `/topics/${topic}/range/${RANGE_KEY}?limit=${RANGE_ITEMS_MAX}&from=`;
      const args = [path, String(rows - RANGE_ITEMS_MAX)];
      const target = { url: `http://${address}`, script: 'range.lua', args };
      await wrk({ ...target, connections: 16, seconds: smoke ? 1 : 2 });
      const many = await wrk({ ...target, connections: 16, seconds });
      const one = await wrk({ ...target, connections: 1, seconds: Math.ceil(seconds / 2) });
      return { perSecond: many.requestsPerSecond, p99Ms: many.p99Ms, oneP50Ms: one.p50Ms };
    };
    const { mirror, map } = await interleave(
      {
        mirror: async () => {
          await using server = await startMirror(kafka, {
            topics: [topic],
            core: '0',
            cacheMiB: 256,
            arguments: { [topic]: { rangeField: 'id' } },
          });
          return await load(server.address);
        },
        map: async () => {
          await using server = await mapServer(rows);
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
        },
        { name: 'mirror', value: mirror['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'Map', value: map['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'mirror p99, 16 connections', value: mirror['p99Ms'] ?? 0, unit: 'ms' },
        { name: 'mirror p50, 1 connection', value: mirror['oneP50Ms'] ?? 0, unit: 'ms' },
      ],
      notes: [
        `1,000 of ${rows} versions of one key in a request, 236 bytes each, wrk, ${seconds} s`,
      ],
    };
  },
};
