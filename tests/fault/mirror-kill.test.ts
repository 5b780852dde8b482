import { mkdtempDisposable, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { OutgoingRecord, RecordSink } from '@quicksilver/kafka/ports';
import type { MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';
import { createLog } from '@quicksilver/common/observe/log';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { foldTopic, readTopic, type TopicRecord } from '@quicksilver/testkit/oracle';
import { registerTopics } from '@quicksilver/testkit/register-topics';
import { runMirror } from '@quicksilver/testkit/run-mirror';
import { oneOf, randomFrom } from '@quicksilver/testkit/seeded-random';
import { ServiceProcess } from '@quicksilver/testkit/service-process';
import { expect, test } from 'vitest';

const KILLS = 30;
/** What each lane writes: records, or change events of a table, which is truncated at times. */
const LANES = ['records', 'change events'] as const;
type Lane = (typeof LANES)[number];
/** Kafka orders a truncation only with the rows of its own partition. */
const PARTITIONS: Readonly<Record<Lane, readonly number[]>> = {
  records: [0, 1, 2],
  'change events': [0],
};
/** How many change events are a truncation. */
const TRUNCATIONS = 0.002;
const KEYS = 400;
const BATCH_RECORDS = 60;
/** Produce requests of a round, after one of which the mirror is killed. */
const BATCHES_MAX = 40;
const MOST = 0.85;
/** How often the store is thrown away before a start, so that the whole topic is loaded again. */
const FRESH = 0.3;
const START_MS = 90_000;
const PRODUCE_MS = 90_000;
const DUMP_MS = 90_000;
/** A busy machine may take ten seconds to start a process, and here are more than thirty. */
const TEST_MS = 600_000;

/** What the store of a mirror held when it was opened after a kill. */
interface Dump {
  readonly partition: number;
  readonly generation: number | null;
  readonly nextOffset: string | null;
  readonly items: readonly {
    readonly key: string;
    readonly value: unknown;
    readonly offset: string;
  }[];
}

test(
  'I-M1, I-M2: a mirror that is killed at any moment holds exactly its topic up to its position, 30 times',
  { timeout: TEST_MS },
  async () => {
    const seed = Date.now() % 2 ** 31;
    // Side by side, since most of the time a process is being started.
    const kills = await Promise.all(
      LANES.map((lane, at) => killAgainAndAgain(lane, KILLS / LANES.length, seed + at)),
    );
    expect(kills).toEqual(LANES.map(() => KILLS / LANES.length));
  },
);

/** Answers how often it has killed. */
async function killAgainAndAgain(lane: Lane, kills: number, seed: number): Promise<number> {
  const random = randomFrom(seed);
  await using directory = await mkdtempDisposable(join(tmpdir(), 'mirror-kill-'));
  const topic = uniqueTopic('mirror-kill');
  const env = await prepareTopic(lane, topic, directory.path);
  const run = { ...env, ...randomSizes(random) };
  const about = `${lane}, seed ${seed}, ${JSON.stringify(randomSizesOf(run))}`;
  await using mirror = service(run, directory.path);
  const writer = new Writer(lane, topic, random);
  const dumps: Dump[] = [];
  let last: readonly Dump[] = [];
  let seen: Dump[] = [];
  const back: string[] = [];
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const isFresh = random() < FRESH;
      if (isFresh) {
        await rm(join(directory.path, 'data'), { recursive: true, force: true });
        back.push(...movesBack(seen));
        seen = [];
      }
      await mirror.start(false);
      // Some die while they begin, most while they apply.
      const applies = random() < MOST;
      if (applies) {
        await eventually(async () => expect(await positionsOf(mirror)).not.toEqual([]), START_MS);
      }
      // Half of the fresh ones die in the middle of the topic, or while they settle their runs.
      const batches = isFresh && random() < 0.5 ? 0 : 1 + Math.floor(random() * BATCHES_MAX);
      for (let batch = 0; batch < batches; batch += 1) {
        await writer.writeBatch();
        if (applies && batch === batches >> 1) {
          // Stores that are all empty, or always the same, would prove nothing.
          seen.push(...(await movedOn(mirror, isFresh ? [] : last)));
        }
      }
      // The last batch is on its way to the store while the process dies.
      const late = writer.writeBatch();
      await mirror.kill('SIGKILL');
      await late;
      last = await dumpStore(run, lane, topic);
      dumps.push(...last);
      seen.push(...last);
    }
  } finally {
    await writer.close();
  }
  expect([...back, ...movesBack(seen)], about).toEqual([]);
  const records = rowsOf(lane, await readTopic(testBroker(), topic));
  for (const [index, dump] of dumps.entries()) {
    expect(contentOf(dump), `${about}, dump ${index}`).toEqual(oracleOf(records, dump));
  }
  await mirror.start();
  expect(await served(mirror, lane, topic), about).toEqual(valuesOf(foldTopic(records)));
  return dumps.length / PARTITIONS[lane].length;
}

async function prepareTopic(
  lane: Lane,
  topic: string,
  dataDir: string,
): Promise<Record<string, string>> {
  const registry = `__registry-${topic}`;
  await registerTopics({
    broker: testBroker(),
    registry,
    // Nothing may be compacted away: the topic is read as a whole at the end.
    topics: [
      {
        name: topic,
        partitions: PARTITIONS[lane].length,
        configs: { 'cleanup.policy': 'delete' },
        ...(lane === 'change events' ? { envelope: 'debezium' } : {}),
      },
    ],
  });
  return {
    QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
    QUICK_MIRROR_TOPICS: topic,
    QUICK_DATA_DIR: join(dataDir, 'data'),
  };
}

/** What must not matter differs from run to run. */
function randomSizes(random: () => number): Record<string, string> {
  return {
    QUICK_MIRROR_FETCH_PARTITION_BYTES: oneOf(random, ['1024', '20000', '1048576']),
    QUICK_MIRROR_CACHE_BYTES: oneOf(random, ['1048576', '4194304', '67108864']),
  };
}

function randomSizesOf(env: Readonly<Record<string, string>>): object {
  const { QUICK_MIRROR_FETCH_PARTITION_BYTES: fetch, QUICK_MIRROR_CACHE_BYTES: cache } = env;
  return { fetch, cache };
}

function service(env: Readonly<Record<string, string>>, dir: string): ServiceProcess {
  return new ServiceProcess({ name: 'mirror', kind: 'mirror', env, logFile: join(dir, 'log') });
}

/** Half updates, some removals, every value of its own; of change events some truncations. */
class Writer {
  readonly #lane: Lane;
  readonly #topic: string;
  readonly #random: () => number;
  readonly #sink: RecordSink;
  #count = 0;

  constructor(lane: Lane, topic: string, random: () => number) {
    this.#lane = lane;
    this.#topic = topic;
    this.#random = random;
    const client = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'mirror-kill',
      requestTimeoutMs: 10_000,
      decompressedBytesMax: 67_108_864,
    });
    this.#sink = client.sink();
  }

  async writeBatch(): Promise<void> {
    const batches = new Map<number, OutgoingRecord[]>();
    for (let record = 0; record < BATCH_RECORDS; record += 1) {
      this.#count += 1;
      const key = Buffer.from(`key-${Math.floor(this.#random() * KEYS)}`);
      const value = { seq: this.#count, text: 'x'.repeat(Math.floor(this.#random() * 400)) };
      const isRemoval = this.#random() < 0.1;
      const partition = partitionOf(key, PARTITIONS[this.#lane].length);
      const records = batches.get(partition) ?? [];
      batches.set(partition, records);
      if (this.#lane === 'records') {
        records.push({ key, value: isRemoval ? null : Buffer.from(JSON.stringify(value)) });
      } else if (this.#random() < TRUNCATIONS) {
        records.push({ key: null, value: Buffer.from('{"op":"t","source":{}}') });
      } else {
        const event = isRemoval ? { op: 'd', after: null } : { op: 'u', after: value };
        records.push({
          key: Buffer.from(JSON.stringify({ id: key.toString() })),
          value: Buffer.from(JSON.stringify({ ...event, source: {} })),
        });
      }
    }
    const topic = this.#topic;
    const results = await this.#sink.produce(
      [...batches].map(([partition, records]) => ({ topic, partition, records })),
      PRODUCE_MS,
    );
    for (const result of results) {
      if (!result.ok) {
        throw new Error(result.detail);
      }
    }
  }

  async close(): Promise<void> {
    await this.#sink.close();
  }
}

/** Opens what the killed process left, with a mirror in this process that applies nothing. */
async function dumpStore(
  env: Readonly<Record<string, string>>,
  lane: Lane,
  topic: string,
): Promise<readonly Dump[]> {
  const log = createLog('paused', 'error');
  await using running = await runMirror({ ...env, QUICK_MIRROR_PAUSE_CONSUME: '1' }, { log });
  const url = `${running.opsUrl}/admin/dump?topic=${topic}`;
  return await Promise.all(PARTITIONS[lane].map((partition) => dump(url, partition)));
}

function dump(url: string, partition: number): Promise<Dump> {
  return eventually(async () => {
    const answer = await call(`${url}&partition=${partition}`);
    // 503 until the topic registry has been read and the store is open.
    if (answer.status !== 200) {
      throw new Error(answer.text);
    }
    return { partition, ...(answer.json() as Omit<Dump, 'partition'>) };
  }, DUMP_MS);
}

async function positionsOf(mirror: ServiceProcess): Promise<Dump[]> {
  const { topics } = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
  const partitions = topics[0]?.partitions ?? [];
  return partitions
    .filter(({ state }) => state === 'restoring' || state === 'serving')
    .map(({ partition, nextOffset }) => ({ partition, nextOffset, generation: 1, items: [] }));
}

/** The positions of a mirror, once it has applied more than the store held before. */
function movedOn(mirror: ServiceProcess, before: readonly Dump[]): Promise<Dump[]> {
  return eventually(async () => {
    const positions = await positionsOf(mirror);
    expect(sumOf(positions)).toBeGreaterThan(sumOf(before));
    return positions;
  }, START_MS);
}

function sumOf(dumps: readonly Dump[]): number {
  return dumps.reduce((sum, { nextOffset }) => sum + Number(nextOffset ?? 0), 0);
}

/** Positions, in the order in which they were seen, that are before an earlier one. */
function movesBack(seen: readonly Dump[]): string[] {
  const last = new Map<string, bigint>();
  const problems: string[] = [];
  for (const { partition, generation, nextOffset } of seen) {
    const at = `${partition}, generation ${generation}`;
    const offset = BigInt(nextOffset ?? 0);
    const before = last.get(at) ?? 0n;
    if (offset < before) {
      problems.push(`${at}: ${offset} after ${before}`);
    }
    last.set(at, offset);
  }
  return problems;
}

/** What the mirror answers to a list of everything, once it has caught up. */
async function served(
  mirror: ServiceProcess,
  lane: Lane,
  topic: string,
): Promise<Record<string, unknown>> {
  return await eventually(async () => {
    const { topics } = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
    expect(topics[0]?.partitions.map(({ lagRecords }) => lagRecords)).toEqual(
      PARTITIONS[lane].map(() => '0'),
    );
    const answer = await call(`${mirror.url}/topics/${topic}/keys?limit=1000`);
    const { items, next } = answer.json() as {
      items: readonly { readonly key: string; readonly value: unknown }[];
      next: string | null;
    };
    expect(next).toBeNull();
    return Object.fromEntries(items.map(({ key, value }) => [key, value]));
  }, DUMP_MS);
}

function valuesOf(state: ReadonlyMap<string, TopicRecord>): Record<string, unknown> {
  return Object.fromEntries(
    [...state].map(([key, { value }]) => [key, JSON.parse(value ?? 'null') as unknown]),
  );
}

/** Change events as records of rows. A truncation becomes one removal of each row. */
function rowsOf(lane: Lane, records: readonly TopicRecord[]): readonly TopicRecord[] {
  if (lane === 'records') {
    return records;
  }
  const seen = new Set<string>();
  return records.flatMap((record) => {
    const { op, after } = JSON.parse(record.value ?? '{}') as {
      readonly op?: string;
      readonly after?: unknown;
    };
    if (op === 't') {
      return [...seen].map((key) => ({ ...record, key, value: null }));
    }
    const { id } = JSON.parse(record.key ?? '{}') as { readonly id: string };
    seen.add(id);
    return [{ ...record, key: id, value: op === 'u' ? JSON.stringify(after) : null }];
  });
}

function contentOf({ items }: Dump): Record<string, string> {
  return Object.fromEntries(
    items.map(({ key, value, offset }) => [key, `${offset} ${JSON.stringify(value)}`]),
  );
}

function oracleOf(records: readonly TopicRecord[], dump: Dump): Record<string, string> {
  const end = BigInt(dump.nextOffset ?? 0);
  const state = foldTopic(
    records.filter(({ partition, offset }) => partition === dump.partition && offset < end),
  );
  return Object.fromEntries(
    [...state].map(([key, { offset, value }]) => [key, `${offset} ${value}`]),
  );
}
