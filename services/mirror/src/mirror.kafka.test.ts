import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig } from '@quicksilver/common/config/option';
import { createKafkaClient } from '@quicksilver/common/kafka/kafka-client';
import { partitionOf } from '@quicksilver/common/kafka/partitioner';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import {
  batchPath,
  keyPath,
  listPath,
  type MirrorStatus,
  type PartitionStatus,
} from '@quicksilver/common/mirror-api/contract';
import { createLog } from '@quicksilver/common/observe/log';
import { addPartitions } from '@quicksilver/testkit/add-partitions';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { deleteRecords } from '@quicksilver/testkit/delete-records';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { registerTopics } from '@quicksilver/testkit/register-topics';
import { runService } from '@quicksilver/testkit/run-service';
import { expect, test } from 'vitest';

import { assembleMirror } from './assemble.ts';
import { mirrorOptions } from './config.ts';

const PARTITIONS = 3;
const DEADLINE_MS = 40_000;

interface Running extends AsyncDisposable {
  readonly url: string;
  /** Settles when the mirror has ended, by itself or because it was disposed of. */
  readonly ended: Promise<void>;
  get(key: string, headers?: Record<string, string>): Promise<Answer>;
  partitions(): Promise<readonly PartitionStatus[]>;
  untilServing(): Promise<void>;
}

/** A topic of its own, with the means to write it and to start mirrors of it. */
class Rig implements AsyncDisposable {
  readonly topic = uniqueTopic('mirror');
  readonly dataDir: string;
  readonly kafka: KafkaClient;
  readonly #registry = `__registry-${randomUUID()}`;
  readonly #closing = new AsyncDisposableStack();
  readonly #sink;
  readonly admin;

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
    this.kafka = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'mirror-test',
      requestTimeoutMs: 30_000,
      decompressedBytesMax: 67_108_864,
    });
    this.#sink = this.kafka.sink();
    this.admin = this.kafka.admin();
    this.#closing.defer(() => rm(dataDir, { recursive: true, force: true }));
    this.#closing.defer(() => this.admin.close());
    this.#closing.defer(() => this.#sink.close());
  }

  static async create(): Promise<Rig> {
    const rig = new Rig(await mkdtemp(join(tmpdir(), 'mirror-test-')));
    await registerTopics({
      broker: testBroker(),
      registry: rig.#registry,
      topics: [
        { name: rig.topic, partitions: PARTITIONS, configs: { 'cleanup.policy': 'delete' } },
      ],
    });
    return rig;
  }

  /**
   * Answers the position behind each partition that was written, as a header has it. Keys are placed as
   * in a topic with so many partitions.
   */
  async write(
    entries: Readonly<Record<string, string | null>>,
    partitions = PARTITIONS,
  ): Promise<string> {
    const batches = new Map<number, { key: Buffer; value: Buffer | null }[]>();
    for (const [name, json] of Object.entries(entries)) {
      const key = Buffer.from(name);
      const partition = partitionOf(key, partitions);
      const records = batches.get(partition) ?? [];
      batches.set(partition, records);
      records.push({ key, value: json === null ? null : Buffer.from(json) });
    }
    const { topic } = this;
    const results = await this.#sink.produce(
      [...batches].map(([partition, records]) => ({ topic, partition, records })),
      DEADLINE_MS,
    );
    const positions = [...batches].map(([partition, records], index) => {
      const result = results[index];
      if (result?.ok !== true) {
        throw new Error(result?.detail);
      }
      return `${partition}:${result.baseOffset + BigInt(records.length) - 1n}`;
    });
    return positions.join(',');
  }

  async start(env: Readonly<Record<string, string>> = {}, name = 'data'): Promise<Running> {
    const config = readConfig(mirrorOptions, {
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: this.#registry,
      QUICK_MIRROR_TOPICS: this.topic,
      QUICK_DATA_DIR: join(this.dataDir, name),
      QUICK_MIRROR_WATCH_MS: '200',
      QUICK_PORT: '0',
      QUICK_OPS_PORT: '0',
      QUICK_LOG_LEVEL: 'error',
      ...env,
    });
    const log = createLog('mirror-test', 'error');
    const { url, ended, ...service } = await runService(assembleMirror(config, { log }), { log });
    const running: Running = {
      url,
      ended,
      get: (key, headers = {}) => call(`${url}${keyPath(this.topic, key)}`, { headers }),
      partitions: async () => {
        const status = (await call(`${url}/status`)).json() as MirrorStatus;
        return status.topics[0]?.partitions ?? [];
      },
      untilServing: () =>
        eventually(async () => {
          const partitions = await running.partitions();
          const states = new Set(partitions.map(({ state }) => state));
          expect([...states], JSON.stringify(partitions)).toEqual(['serving']);
        }, DEADLINE_MS),
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    };
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }
}

async function listed(mirror: Running, topic: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '?limit=7' : `?limit=7&cursor=${cursor}`;
    const answer = await call(`${mirror.url}${listPath(topic)}${query}`);
    expect(answer.status, answer.text).toBe(200);
    const page = answer.json() as { items: { key: string; value: unknown }[]; next: string | null };
    for (const { key, value } of page.items) {
      found[key] = value;
    }
    cursor = page.next;
  }
  return found;
}

test('M2: a mirror that starts again goes on at its position, without reading the topic again', async () => {
  await using rig = await Rig.create();
  await rig.write({ a: '1', b: '2', c: '{"deep":[1,2]}' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
    expect((await mirror.get('c')).text).toBe('{"deep":[1,2]}');
    const applied = (await mirror.partitions()).map(
      ({ partition, nextOffset }) => [partition, BigInt(nextOffset)] as const,
    );
    // What is applied is gone from the topic, so whoever reads it again misses it.
    await deleteRecords(testBroker(), rig.topic, new Map(applied));
  }
  const position = await rig.write({ b: '3', d: '4' });
  await using again = await rig.start();
  expect((await again.partitions()).length).toBeLessThanOrEqual(PARTITIONS);
  await again.untilServing();
  expect((await again.get('b', { 'x-quick-min-position': position })).text).toBe('3');
  expect(await listed(again, rig.topic)).toEqual({ a: 1, b: 3, c: { deep: [1, 2] }, d: 4 });
});

test('M7: partitions that are added to the topic are adopted without a rebuild and without a break, and a read that names one sees it', async () => {
  await using rig = await Rig.create();
  const keys = Array.from({ length: 60 }, (_, at) => `key ${at}`);
  await rig.write(Object.fromEntries(keys.map((key) => [key, '0'])));
  // A look that comes by itself would come too late: what asks for a partition brings it.
  await using mirror = await rig.start({ QUICK_MIRROR_WATCH_MS: '600000' });
  await mirror.untilServing();
  const before = await mirror.partitions();
  await deleteRecords(
    testBroker(),
    rig.topic,
    new Map(before.map(({ partition, nextOffset }) => [partition, BigInt(nextOffset)])),
  );
  const unknown = await mirror.get('key 1', { 'x-quick-min-position': '5:0' });
  expect([unknown.status, unknown.json()]).toMatchObject([400, { errorCode: 'BAD_POSITION' }]);
  await addPartitions(testBroker(), rig.topic, 6);
  const fresh = keys.map((key) => `new ${key}`);
  const position = await rig.write(Object.fromEntries(fresh.map((key) => [key, '1'])), 6);
  for (const key of fresh) {
    const found = await eventually(async () => {
      const answer = await mirror.get(key, { 'x-quick-min-position': position });
      // A partition that has just begun may not be read to its end yet.
      expect(answer.status, answer.text).not.toBe(503);
      return answer;
    }, DEADLINE_MS);
    expect([found.status, found.text]).toEqual([200, '1']);
  }
  const after = await mirror.partitions();
  expect(after.map(({ partition, state }) => [partition, state])).toEqual(
    Array.from({ length: 6 }, (_, partition) => [partition, 'serving']),
  );
  // What was applied before is gone from the topic, so a rebuild would have lost it.
  const found = await listed(mirror, rig.topic);
  expect(keys.filter((key) => found[key] !== 0)).toEqual([]);
  expect(Object.keys(found).length).toBe(2 * keys.length);
});

test('M7: a mirror that was down while partitions were added goes on with what it has', async () => {
  await using rig = await Rig.create();
  await rig.write({ a: '1', b: '2', c: '3', d: '4' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  await addPartitions(testBroker(), rig.topic, 4);
  {
    await using mirror = await rig.start();
    await eventually(async () => expect(await mirror.partitions()).toHaveLength(4), DEADLINE_MS);
    await mirror.untilServing();
    expect(await listed(mirror, rig.topic)).toEqual({ a: 1, b: 2, c: 3, d: 4 });
  }
  await using again = await rig.start();
  await again.untilServing();
  expect(await again.partitions()).toHaveLength(4);
  expect(await listed(again, rig.topic)).toEqual({ a: 1, b: 2, c: 3, d: 4 });
});

test.each([2, 5])(
  'M7: a topic that is recreated with %i partitions in place of 3 is served as it is now',
  async (partitions) => {
    await using rig = await Rig.create();
    await rig.write({ a: '1', b: '2', c: '3' });
    await using mirror = await rig.start();
    await mirror.untilServing();
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await rig.admin.delete(rig.topic, signal);
    await eventually(async () => {
      const made = { topic: rig.topic, partitions, replicationFactor: 1 };
      expect(await rig.admin.create(made, signal)).toBe(true);
    }, DEADLINE_MS);
    await rig.write({ d: '4', e: '5' }, partitions);
    await eventually(async () => {
      expect(await mirror.partitions()).toHaveLength(partitions);
      expect(await listed(mirror, rig.topic)).toEqual({ d: 4, e: 5 });
    }, DEADLINE_MS);
  },
);

test('M3: a tombstone removes the key from lookups, batches and lists', async () => {
  await using rig = await Rig.create();
  await using mirror = await rig.start();
  const first = await rig.write({ a: '1', b: '2', never: null });
  const position = await rig.write({ a: null });
  await mirror.untilServing();
  const headers = { 'x-quick-min-position': position };
  expect((await mirror.get('a', headers)).status).toBe(404);
  expect((await mirror.get('never')).status).toBe(404);
  // Served it was before these records came: what is asked for without a position may be older.
  const batch = await call(`${mirror.url}${batchPath(rig.topic)}`, {
    json: ['b', 'a'],
    headers: { 'x-quick-min-position': first },
  });
  expect(batch.text).toBe('[\n2\n,null\n]');
  expect(await listed(mirror, rig.topic)).toEqual({ b: 2 });
  const back = await rig.write({ a: '1' });
  expect((await mirror.get('a', { 'x-quick-min-position': back })).text).toBe('1');
});

test('M4, I-R1: a read with a position sees the write, each of 200 times', async () => {
  await using rig = await Rig.create();
  await using mirror = await rig.start();
  await mirror.untilServing();
  for (let round = 0; round < 200; round += 1) {
    const position = await rig.write({ key: `"v${round}"` });
    const answer = await mirror.get('key', { 'x-quick-min-position': position });
    expect(answer.text).toBe(`"v${round}"`);
    expect(answer.headers['x-quick-position']).toContain(`${position}@`);
  }
});

test('I-M8: a topic that is deleted and made anew leaves nothing of the old one, in a mirror that runs', async () => {
  await using rig = await Rig.create();
  await using mirror = await rig.start();
  const old = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`old-${at}`, '1']));
  await rig.write(old);
  await eventually(async () => {
    expect(Object.keys(await listed(mirror, rig.topic))).toHaveLength(60);
  }, DEADLINE_MS);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  await rig.admin.delete(rig.topic, signal);
  await eventually(async () => {
    expect((await mirror.get('old-1')).status).toBe(503);
  }, DEADLINE_MS);
  await rig.admin.create(
    { topic: rig.topic, partitions: PARTITIONS, replicationFactor: 1 },
    signal,
  );
  // More than the old one had, so that the old offsets lie within the new log.
  const fresh = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`new-${at}`, '2']));
  await eventually(() => rig.write(fresh), DEADLINE_MS);
  await eventually(async () => {
    expect(await listed(mirror, rig.topic)).toEqual(
      Object.fromEntries(Object.keys(fresh).map((key) => [key, 2])),
    );
  }, DEADLINE_MS);
  expect((await mirror.get('old-1')).status).toBe(404);
});

test('I-M8: a topic that was made anew while the mirror was stopped leaves nothing of the old one', async () => {
  await using rig = await Rig.create();
  await rig.write({ old: '1', kept: '1' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  const signal = AbortSignal.timeout(DEADLINE_MS);
  await rig.admin.delete(rig.topic, signal);
  await rig.admin.create(
    { topic: rig.topic, partitions: PARTITIONS, replicationFactor: 1 },
    signal,
  );
  const fresh = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`new-${at}`, '2']));
  await eventually(() => rig.write(fresh), DEADLINE_MS);
  await using mirror = await rig.start();
  await mirror.untilServing();
  expect((await mirror.get('old')).status).toBe(404);
  expect(Object.keys(await listed(mirror, rig.topic))).toHaveLength(60);
});

test('I-M8: records deleted beyond the position of a mirror that was away make it build anew', async () => {
  await using rig = await Rig.create();
  await rig.write({ old: '1' });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  const partition = partitionOf(Buffer.from('old'), PARTITIONS);
  for (let round = 0; round < 5; round += 1) {
    await rig.write({ old: `${round}` });
  }
  await rig.write({ old: null });
  await deleteRecords(testBroker(), rig.topic, new Map([[partition, 7n]]));
  await using mirror = await rig.start();
  await mirror.untilServing();
  expect((await mirror.get('old')).status).toBe(404);
});

test('records that cannot be read are counted, listed and passed over', async () => {
  await using rig = await Rig.create();
  await using mirror = await rig.start();
  const first = await rig.write({ good: '1', bad: '{"a":' });
  const second = await rig.write({ bad: '2', worse: '' });
  await mirror.untilServing();
  expect((await mirror.get('good', { 'x-quick-min-position': first })).text).toBe('1');
  expect((await mirror.get('bad', { 'x-quick-min-position': second })).text).toBe('2');
  await eventually(async () => {
    const partitions = await mirror.partitions();
    expect(partitions.reduce((sum, { poisonRecords }) => sum + poisonRecords, 0)).toBe(2);
  }, DEADLINE_MS);
  const { items } = (await call(`${mirror.url}/poison`)).json() as { items: object[] };
  expect(items).toHaveLength(2);
  expect(items).toContainEqual({
    topic: rig.topic,
    partition: partitionOf(Buffer.from('bad'), PARTITIONS),
    offset: expect.stringMatching(/^\d+$/),
    reason: 'BAD_VALUE',
    detail: expect.any(String),
    key: Buffer.from('bad').toString('base64'),
    value: Buffer.from('{"a":').toString('base64'),
  });
  expect(await listed(mirror, rig.topic)).toEqual({ good: 1, bad: 2 });
});

test('bytes that changed on the disk are never answered, and the partition is built anew by itself', async () => {
  await using rig = await Rig.create();
  const text = JSON.stringify('a value that is easy to find on the disk');
  await rig.write({ a: text });
  {
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  {
    // Opened again, LevelDB has moved its log into a table, where it verifies nothing.
    await using mirror = await rig.start();
    await mirror.untilServing();
  }
  expect(await changeOnDisk(join(rig.dataDir, 'data'), 'easy to find')).toBeGreaterThan(0);
  await using mirror = await rig.start();
  await mirror.untilServing();
  const answers = new Set<string>();
  await eventually(async () => {
    const answer = await mirror.get('a');
    answers.add(answer.status === 503 ? 'unavailable' : answer.text);
    expect(answer.status).toBe(200);
  }, DEADLINE_MS);
  answers.delete('unavailable');
  expect([...answers]).toEqual([text]);
});

test('a mirror whose data directory another one uses ends with a sentence, the other serves on', async () => {
  await using rig = await Rig.create();
  await using mirror = await rig.start();
  await rig.write({ a: '1' });
  await mirror.untilServing();
  // The second one may listen before it meets the lock; then it ends by itself.
  const second = rig.start().then((one) => one.ended);
  await expect(second).rejects.toThrow('in use by another process');
  expect((await mirror.get('a')).text).toBe('1');
});

/** Changes a byte of each place where the text lies in a file; answers how many there were. */
async function changeOnDisk(directory: string, text: string): Promise<number> {
  let places = 0;
  for (const name of await readdir(directory, { recursive: true })) {
    const file = join(directory, name);
    if ((await stat(file)).isFile()) {
      const bytes = await readFile(file);
      const at = bytes.indexOf(text);
      if (at !== -1) {
        bytes[at] = 'E'.charCodeAt(0);
        await writeFile(file, bytes);
        places += 1;
      }
    }
  }
  return places;
}
