import type { Benchmark } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { mapServer, startEdge } from './servers.ts';
import { wrk } from './wrk.ts';

export const edgeGetKey: Benchmark = {
  name: 'edge',
  title: 'Edge: GET of one key through the one port, against asking the server itself',
  async run({ rounds, smoke, say }) {
    const keys = smoke ? 1_000 : 20_000;
    const seconds = smoke ? 1 : 4;
    const load = async (url: string): Promise<Readonly<Record<string, number>>> => {
      const args = [`${new URL(url).pathname}topics/t/keys/`, String(keys)];
      const target = { url, script: 'get-key.lua', args };
      await wrk({ ...target, connections: 64, seconds: smoke ? 1 : 2 });
      const many = await wrk({ ...target, connections: 64, seconds });
      const one = await wrk({ ...target, connections: 1, seconds: Math.ceil(seconds / 2) });
      return { perSecond: many.requestsPerSecond, oneP50Ms: one.p50Ms };
    };
    const medians = await interleave(
      {
        edge: async () => {
          await using server = await mapServer(keys);
          await using edge = await startEdge(server.address);
          return await load(`http://${edge.address}/manager/`);
        },
        direct: async () => {
          await using server = await mapServer(keys);
          return await load(`http://${server.address}/`);
        },
      },
      { rounds, say },
    );
    const { edge, direct } = medians;
    return {
      figures: [
        {
          name: 'edge to direct',
          value: (edge['perSecond'] ?? 0) / (direct['perSecond'] ?? 0),
          unit: 'ratio',
        },
        { name: 'edge', value: edge['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'direct', value: direct['perSecond'] ?? 0, unit: 'requests/s' },
        { name: 'edge p50, 1 connection', value: edge['oneP50Ms'] ?? 0, unit: 'ms' },
        { name: 'direct p50, 1 connection', value: direct['oneP50Ms'] ?? 0, unit: 'ms' },
      ],
      notes: [`both processes on one core, documents of about 236 bytes, wrk, ${seconds} s`],
    };
  },
};
