import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'undici';

import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { RecordSink } from '@quicksilver/kafka/ports';
import {
  batchPath,
  keyPath,
  listPath,
  MIN_POSITION_HEADER,
  PAGE_ITEMS_MAX,
} from '@quicksilver/contracts/mirror-api/contract';
import { printCursor } from '@quicksilver/contracts/mirror-api/list-cursor';

import { BenchKafka } from './bench-kafka.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { interleave } from './interleave.ts';
import { documentOf, keyOf } from './records.ts';
import { caughtUp, startMirror, unsettledRecords } from './servers.ts';
import { quantile } from './statistics.ts';

const PARTITIONS = 6;
const BATCH_KEYS = 100;
/** Single lookups for each batch, list and write. */
const LOOKUPS = 20;
const ROUND_MS = 50;
const WRITE_MS = 60_000;
const SETTLED_MS = 900_000;
/** The position was not reached in the time that the mirror waits for it. */
const NOT_YET = 504;

const KINDS = ['get', 'batch', 'list', 'visible'] as const;
type Kind = (typeof KINDS)[number];
type Samples = Readonly<Record<Kind, number[]>>;
const NAMES: Readonly<Record<Kind, string>> = {
  get: 'one key',
  batch: '100 keys',
  list: `list of ${PAGE_ITEMS_MAX}`,
  visible: 'write to visible',
};

/** Keys are random, of so many that most are in no cache. */
export const settling: Benchmark = {
  name: 'settling',
  title: 'A mirror answers while what it loaded is being settled, against itself afterwards',
  async run({ rounds, smoke, say }) {
    const records = smoke ? 200_000 : 5_000_000;
    await using kafka = await BenchKafka.start();
    say(`filling a topic with ${records} records`);
    const topic = await kafka.fill({ records, partitions: PARTITIONS });
    const measureWith = (cacheMiB: number) => () => measure(kafka, { topic, records, cacheMiB });
    const medians = await interleave(
      { mirror64: measureWith(64), mirror256: measureWith(256) },
      { rounds: Math.min(rounds, 2), say },
    );
    const figures = ([64, 256] as const).flatMap((cacheMiB): Figure[] => {
      const values = medians[`mirror${cacheMiB}`];
      const at = (name: string): number => values[name] ?? Number.NaN;
      const name = `${cacheMiB} MB cache`;
      return [
        { name: `${name}: from answering to settled`, value: at('seconds'), unit: 's' },
        ...KINDS.flatMap((kind) => [
          figureOf(`${name}: ${NAMES[kind]}, p50 to settled`, at(`${kind} p50`)),
          figureOf(`${name}: ${NAMES[kind]}, p99 to settled`, at(`${kind} p99`)),
          { name: `${name}: ${NAMES[kind]}, p99`, value: at(`${kind} p99 ms`), unit: 'ms' },
        ]),
      ];
    });
    const notes = [
      `${records} records of about 236 bytes in ${PARTITIONS} partitions, both cores, every ${ROUND_MS} ms ${LOOKUPS} keys, ${BATCH_KEYS} keys, a list and a write, one after the other`,
    ];
    return { figures, notes };
  },
};

function figureOf(name: string, value: number): Figure {
  return { name, value, unit: 'ratio' };
}

interface Target {
  readonly topic: string;
  readonly records: number;
  readonly cacheMiB: number;
}

async function measure(
  kafka: BenchKafka,
  { topic, records, cacheMiB }: Target,
): Promise<Readonly<Record<string, number>>> {
  await using mirror = await startMirror(kafka, { topics: [topic], cacheMiB, restoring: true });
  await caughtUp(mirror.address);
  const begun = performance.now();
  const sink = kafka.client.sink();
  const pool = new Pool(`http://${mirror.address}`, { connections: 1 });
  try {
    const reader = new Reader({ pool, sink, topic, records });
    const settling = await reader.until(
      async () => (await unsettledRecords(mirror.address)) === 0,
      SETTLED_MS,
    );
    const seconds = (performance.now() - begun) / 1_000;
    const end = performance.now() + Math.max(1_000, Math.min(20_000, seconds * 1_000));
    const settled = await reader.until(() => Promise.resolve(performance.now() > end), SETTLED_MS);
    return { seconds, ...compared(settling, settled) };
  } finally {
    await pool.close();
    await sink.close();
  }
}

function compared(settling: Samples, settled: Samples): Record<string, number> {
  return Object.fromEntries(
    KINDS.flatMap((kind) => [
      ...([0.5, 0.99] as const).flatMap((share) => {
        const name = `${kind} p${share * 100}`;
        const value = quantile(settling[kind], share);
        return [
          [name, value / quantile(settled[kind], share)] as const,
          [`${name} ms`, value] as const,
        ];
      }),
    ]),
  );
}

interface ReaderOptions {
  readonly pool: Pool;
  readonly sink: RecordSink;
  readonly topic: string;
  readonly records: number;
}

/** Asks a mirror, one request after the other. */
class Reader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Milliseconds of each request. */
  async until(isOver: () => Promise<boolean>, deadlineMs: number): Promise<Samples> {
    const samples: Samples = { get: [], batch: [], list: [], visible: [] };
    const end = performance.now() + deadlineMs;
    while (!(await isOver())) {
      if (performance.now() > end) {
        throw new Error(`The mirror was not settled within ${deadlineMs} ms`);
      }
      for (let lookup = 0; lookup < LOOKUPS; lookup += 1) {
        samples.get.push(await this.#get());
      }
      samples.batch.push(await this.#batch());
      samples.list.push(await this.#list());
      samples.visible.push(await this.#visible());
      await pause(ROUND_MS);
    }
    return samples;
  }

  #key(): string {
    return keyOf(Math.floor(Math.random() * this.#options.records));
  }

  #get(): Promise<number> {
    return this.#ask('GET', keyPath(this.#options.topic, this.#key()));
  }

  #batch(): Promise<number> {
    const keys = Array.from({ length: BATCH_KEYS }, () => this.#key());
    return this.#ask('POST', batchPath(this.#options.topic), JSON.stringify(keys));
  }

  #list(): Promise<number> {
    const { topic } = this.#options;
    const key = Buffer.from(this.#key());
    const cursor = printCursor(topic, { partition: partitionOf(key, PARTITIONS), after: key });
    return this.#ask('GET', `${listPath(topic)}?limit=${PAGE_ITEMS_MAX}&cursor=${cursor}`);
  }

  /** From the answer of a write to that of a read that must see it. */
  async #visible(): Promise<number> {
    const { topic, records, sink } = this.#options;
    const index = Math.floor(Math.random() * records);
    const key = Buffer.from(keyOf(index));
    const partition = partitionOf(key, PARTITIONS);
    const record = { key, value: Buffer.from(documentOf(index)) };
    const [result] = await sink.produce([{ topic, partition, records: [record] }], WRITE_MS);
    if (result?.ok !== true) {
      throw new Error(`A record could not be written: ${result?.detail}`);
    }
    const position = `${partition}:${result.baseOffset}`;
    return this.#ask('GET', keyPath(topic, keyOf(index)), undefined, position);
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    body?: string,
    position?: string,
  ): Promise<number> {
    const begun = performance.now();
    const request = {
      method,
      path,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(position === undefined ? {} : { [MIN_POSITION_HEADER]: position }),
      },
      body: body ?? null,
    };
    let answer = await this.#options.pool.request(request);
    await answer.body.dump();
    while (answer.statusCode === NOT_YET) {
      answer = await this.#options.pool.request(request);
      await answer.body.dump();
    }
    const tookMs = performance.now() - begun;
    if (answer.statusCode !== 200) {
      throw new Error(`${method} ${path} was answered with ${answer.statusCode}`);
    }
    return tookMs;
  }
}
