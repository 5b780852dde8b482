import { Pool } from 'undici';

import { MIN_POSITION_HEADER, POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';

import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark } from './benchmark.ts';
import { documentOf, keyOf } from './records.ts';
import { startIngest, startMirror } from './servers.ts';
import { quantile } from './statistics.ts';
import { LOAD_CORE } from './wrk.ts';

export const writeToVisible: Benchmark = {
  name: 'p7',
  title: 'P7: from the answer of a write to the answer of a read that must see it',
  async run({ rounds, smoke, say }) {
    const pairs = (smoke ? 50 : 500) * rounds;
    await using kafka = await BenchKafka.start();
    await kafka.leaveServerCore();
    const topic = await kafka.fill({ records: 1_000, partitions: 6 });
    await using ingest = await startIngest(kafka);
    await using mirror = await startMirror(kafka, { topics: [topic], core: LOAD_CORE });
    const writes = new Pool(`http://${ingest.address}`, { connections: 1 });
    const reads = new Pool(`http://${mirror.address}`, { connections: 1 });
    const writeMs: number[] = [];
    const visibleMs: number[] = [];
    try {
      for (let index = -100; index < pairs; index += 1) {
        const key = keyOf(1_000_000 + index);
        const begun = performance.now();
        const written = await writes.request({
          method: 'POST',
          path: `/${topic}`,
          headers: { 'content-type': 'application/json' },
          body: `{"key":"${key}","value":${documentOf(index)}}`,
        });
        await written.body.dump();
        const acknowledged = performance.now();
        const read = await reads.request({
          method: 'GET',
          path: `/topics/${topic}/keys/${key}`,
          headers: { [MIN_POSITION_HEADER]: String(written.headers[POSITION_HEADER]) },
        });
        await read.body.dump();
        if (written.statusCode !== 201 || read.statusCode !== 200) {
          throw new Error(`Write ${written.statusCode}, read ${read.statusCode} of ${key}`);
        }
        // The first hundred pairs warm up.
        if (index >= 0) {
          writeMs.push(acknowledged - begun);
          visibleMs.push(performance.now() - acknowledged);
        }
      }
    } finally {
      await Promise.all([writes.close(), reads.close()]);
    }
    say(`${pairs} pairs`);
    return {
      figures: [
        { name: 'visible p50', value: quantile(visibleMs, 0.5), unit: 'ms', target: { max: 10 } },
        { name: 'visible p99', value: quantile(visibleMs, 0.99), unit: 'ms', target: { max: 50 } },
        { name: 'write p50', value: quantile(writeMs, 0.5), unit: 'ms' },
        { name: 'write p99', value: quantile(writeMs, 0.99), unit: 'ms' },
      ],
      notes: [`${pairs} pairs one after another, acks=all, one broker`],
    };
  },
};
