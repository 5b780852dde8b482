import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { keyPath } from '@quicksilver/contracts/mirror-api/contract';

import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { keyOf } from './records.ts';
import { caughtUp, newStoreDir, startMirror, unsettledRecords } from './servers.ts';

const PARTITIONS = 6;
const SETTLED_MS = 900_000;

/** Times are from the start of the process, Node's own start included, with both cores free. */
export const restart: Benchmark = {
  name: 'restart',
  title: 'A mirror starts on the store that it has, against one with an empty topic',
  async run({ rounds, smoke, say }) {
    const sizes = smoke ? [20_000] : [1_000_000, 5_000_000];
    await using kafka = await BenchKafka.start();
    await using stack = new AsyncDisposableStack();
    const storeDir = async (): Promise<string> => {
      const dir = await newStoreDir();
      stack.defer(() => rm(dir, { recursive: true, force: true }));
      return dir;
    };
    const empty = await kafka.fill({ records: 0, partitions: PARTITIONS });
    const variants: Record<string, () => Promise<Readonly<Record<string, number>>>> = {};
    const emptyDir = await storeDir();
    variants['empty'] = () => timeStart(kafka, { topic: empty, dataDir: emptyDir });
    for (const records of sizes) {
      say(`filling a topic with ${records} records, and two stores with it`);
      const topic = await kafka.fill({ records, partitions: PARTITIONS });
      const size = `${records / 1_000_000} M keys`;
      for (const [how, signal] of [
        ['stopped when settled', 'SIGTERM'],
        ['killed when just loaded', 'SIGKILL'],
      ] as const) {
        const store = { topic, dataDir: await storeDir() };
        await fillStore(kafka, store, signal);
        variants[`${size}, ${how}`] = () => timeStart(kafka, store);
      }
    }
    const medians = await interleave(variants, { rounds, say });
    const least = medians['empty']?.['ms'] ?? Number.NaN;
    const figures = Object.entries(medians).flatMap(([name, { ms = Number.NaN }]): Figure[] => [
      { name, value: ms, unit: 'ms' },
      ...(name === 'empty'
        ? []
        : [{ name: `${name}, to empty`, value: ms / least, unit: 'ratio' }]),
    ]);
    const notes = [`${PARTITIONS} partitions, documents of about 236 bytes, 64 MB cache`];
    return { figures, notes };
  },
};

interface Store {
  readonly topic: string;
  readonly dataDir: string;
}

async function fillStore(
  kafka: BenchKafka,
  { topic, dataDir }: Store,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  await using mirror = await startMirror(kafka, { topics: [topic], dataDir });
  if (signal === 'SIGTERM') {
    await settled(mirror.address);
  }
  await mirror.process.end(signal);
}

async function settled(address: string): Promise<void> {
  const end = performance.now() + SETTLED_MS;
  while ((await unsettledRecords(address)) > 0) {
    if (performance.now() > end) {
      throw new Error(`The mirror was not settled within ${SETTLED_MS} ms`);
    }
    await pause(100);
  }
}

/** The store stays as it was: it is killed as soon as it has answered. */
async function timeStart(kafka: BenchKafka, { topic, dataDir }: Store): Promise<{ ms: number }> {
  const begun = performance.now();
  await using mirror = await startMirror(kafka, { topics: [topic], dataDir, restoring: true });
  await caughtUp(mirror.address);
  const answer = await fetch(`http://${mirror.address}${keyPath(topic, keyOf(0))}`);
  await answer.text();
  const ms = performance.now() - begun;
  await mirror.process.end('SIGKILL');
  return { ms };
}
