import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { MirrorEntry } from '@quicksilver/contracts/control/service-entry';
import { removeService, writeService } from '@quicksilver/contracts/control/write-service';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import {
  keyPath,
  listPath,
  partitionsPath,
  type MirrorStatus,
} from '@quicksilver/contracts/mirror-api/contract';
import { mustWriteCompacted } from '@quicksilver/kafka/compacted-writer';
import { registerTopic } from '@quicksilver/contracts/topics/register-topic';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { runMirror } from '@quicksilver/testkit/run-mirror';
import type { RunningService } from '@quicksilver/testkit/run-service';
import { untilReady } from '@quicksilver/testkit/until-ready';
import { expect, test } from 'vitest';

import { storeDirectory } from './store/open-topic-store.ts';

const PARTITIONS = 3;
const DEADLINE_MS = 40_000;
const NAME = 'pool';
const ROUNDS = 6;

/** Control topics of its own, and the means to steer mirrors through them. */
class Rig implements AsyncDisposable {
  readonly dataDir: string;
  readonly services = uniqueTopic('__services');
  readonly #registry = uniqueTopic('__registry');
  readonly #kafka = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'steered-mirror',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 67_108_864,
  });
  readonly #sink = this.#kafka.sink();
  readonly #admin = this.#kafka.admin();

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  static async create(): Promise<Rig> {
    return new Rig(await mkdtemp(join(tmpdir(), 'steered-mirror-')));
  }

  #to(topic: string) {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    return { topic, admin: this.#admin, sink: this.#sink, replicationFactor: 1, signal };
  }

  async host(topics: readonly string[], addresses: readonly string[] = ['h:1']): Promise<void> {
    const hosted = topics.map((topic) => ({ topic }));
    const entry: MirrorEntry = {
      ...{ kind: 'mirror', name: NAME, version: 1, copies: 1 },
      topics: hosted,
      addresses: [...addresses],
    };
    await writeService(entry, this.#to(this.services));
  }

  async removeEntry(): Promise<void> {
    await removeService({ kind: 'mirror', name: NAME }, this.#to(this.services));
  }

  async addTopic(topic: string): Promise<void> {
    await registerTopic(
      {
        ...{ name: topic, keyType: 'STRING', valueType: 'JSON', writeType: 'MUTABLE' },
        partitions: PARTITIONS,
      },
      { 'cleanup.policy': 'compact' },
      { ...this.#to(topic), registryTopic: this.#registry },
    );
  }

  /** Leaves the topic in the registry. */
  async deleteInKafka(topic: string): Promise<void> {
    await this.#admin.delete(topic, AbortSignal.timeout(DEADLINE_MS));
  }

  async deleteTopic(topic: string): Promise<void> {
    const to = this.#to(this.#registry);
    await this.deleteInKafka(topic);
    await mustWriteCompacted(to, { key: topic, value: null }, to, to.signal);
  }

  async write(topic: string, key: string, json: string): Promise<void> {
    const bytes = Buffer.from(key);
    const partition = partitionOf(bytes, PARTITIONS);
    const records = [{ key: bytes, value: Buffer.from(json) }];
    const [result] = await this.#sink.produce([{ topic, partition, records }], DEADLINE_MS);
    if (result?.ok !== true) {
      throw new Error(result?.detail);
    }
  }

  async start(): Promise<RunningService> {
    return await runMirror({
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: this.#registry,
      QUICK_SERVICES_TOPIC_NAME: this.services,
      QUICK_MIRROR_NAME: NAME,
      QUICK_DATA_DIR: join(this.dataDir, 'data'),
    });
  }

  /** The directories of stores that there are, by the topics that they may be of. */
  async stores(...topics: string[]): Promise<readonly string[]> {
    const names = new Set(await readdir(join(this.dataDir, 'data')));
    return topics.filter((topic) => names.has(storeDirectory('', topic)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#sink.close(), this.#admin.close()]);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

const get = (mirror: RunningService, topic: string, key: string): Promise<Answer> =>
  call(`${mirror.url}${keyPath(topic, key)}`);

async function untilText(
  mirror: RunningService,
  topic: string,
  key: string,
  text: string,
): Promise<void> {
  await eventually(async () => {
    const answer = await get(mirror, topic, key);
    expect([answer.status, answer.text]).toEqual([200, text]);
  }, DEADLINE_MS);
}

test('topics are added and removed while the mirror runs, and other topics stay open', async () => {
  await using rig = await Rig.create();
  const [one, two] = [uniqueTopic('one'), uniqueTopic('two')];
  await rig.addTopic(one);
  await rig.addTopic(two);
  await rig.write(one, 'a', '1');
  await rig.write(two, 'a', '2');
  await rig.host([]);
  await using mirror = await rig.start();
  await untilReady(mirror);
  expect((await get(mirror, one, 'a')).status).toBe(404);
  expect((await call(`${mirror.url}/mirror/a`)).status).toBe(404);

  await rig.host([one]);
  await untilText(mirror, one, 'a', '1');
  expect((await call(`${mirror.url}/mirror/a`)).text).toBe('{"value":1}');
  const statusOf = async (topic: string) => {
    const status = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
    return status.topics.find((each) => each.topic === topic);
  };
  // Of all partitions, not of that of the key alone, once nothing moves any more.
  await untilReady(mirror);
  const before = await eventually(async () => {
    const status = await statusOf(one);
    expect(status?.partitions.filter(({ unsettledRecords }) => unsettledRecords !== 0)).toEqual([]);
    return status;
  }, DEADLINE_MS);

  await rig.host([one, two]);
  await untilText(mirror, two, 'a', '2');
  expect((await call(`${mirror.url}/mirror/a`)).status).toBe(404);
  expect(await statusOf(one)).toEqual(before);
  expect(await rig.stores(one, two)).toEqual([one, two]);

  await rig.host([one]);
  await eventually(async () => expect(await rig.stores(one, two)).toEqual([one]), DEADLINE_MS);
  expect((await get(mirror, two, 'a')).status).toBe(404);
  expect((await get(mirror, one, 'a')).text).toBe('1');
});

test('a topic that is gone does not make the process unready while another topic serves', async () => {
  await using rig = await Rig.create();
  const [current, gone] = [uniqueTopic('kept'), uniqueTopic('gone')];
  await rig.addTopic(current);
  await rig.addTopic(gone);
  await rig.write(current, 'a', '1');
  await rig.write(gone, 'a', '2');
  await rig.host([current, gone]);
  const ready = async (mirror: RunningService) =>
    (await call(`${mirror.opsUrl}/readyz?verbose`)).text;
  {
    await using mirror = await rig.start();
    await untilText(mirror, current, 'a', '1');
    await untilText(mirror, gone, 'a', '2');
    await untilReady(mirror);
    await rig.deleteInKafka(gone);
    await eventually(async () => {
      expect((await get(mirror, gone, 'a')).status).toBe(503);
    }, DEADLINE_MS);
    expect(await ready(mirror)).toBe('ok\n');
    await rig.host([gone]);
    await eventually(async () => expect(await ready(mirror)).toContain(gone), DEADLINE_MS);
    await rig.host([current, gone]);
    await untilReady(mirror);
  }
  // Neither does it stop a process that starts.
  await using again = await rig.start();
  await untilReady(again);
  expect((await get(again, current, 'a')).text).toBe('1');
  expect((await get(again, gone, 'a')).status).toBe(503);
});

test('I-K5: no record of a deleted topic is visible in the next topic of its name', async () => {
  await using rig = await Rig.create();
  const topic = uniqueTopic('again');
  await rig.addTopic(topic);
  await rig.write(topic, 'key-0', '0');
  await rig.host([topic]);
  await using mirror = await rig.start();
  await untilText(mirror, topic, 'key-0', '0');
  for (let round = 1; round <= ROUNDS; round += 1) {
    await rig.deleteTopic(topic);
    await rig.addTopic(topic);
    await rig.write(topic, `key-${round}`, String(round));
    await untilText(mirror, topic, `key-${round}`, String(round));
    await untilReady(mirror);
    expect((await get(mirror, topic, `key-${round - 1}`)).status).toBe(404);
    const list = await call(`${mirror.url}${listPath(topic)}`);
    expect(list.json()).toEqual({ items: [{ key: `key-${round}`, value: round }], next: null });
  }
});

test('a start deletes the stores of topics that are no longer in the entry, and without an entry none', async () => {
  await using rig = await Rig.create();
  const [current, dropped] = [uniqueTopic('kept'), uniqueTopic('dropped')];
  await rig.addTopic(current);
  await rig.addTopic(dropped);
  await rig.write(current, 'a', '1');
  await rig.host([current, dropped]);
  {
    await using first = await rig.start();
    await untilText(first, current, 'a', '1');
    await untilReady(first);
  }
  await mkdir(join(rig.dataDir, 'data', 'not-a-store'));

  await rig.removeEntry();
  {
    await using second = await rig.start();
    await untilReady(second);
    expect((await get(second, current, 'a')).status).toBe(503);
    expect(await rig.stores(current, dropped)).toEqual([current, dropped]);
  }

  await rig.host([current]);
  await using third = await rig.start();
  await untilText(third, current, 'a', '1');
  await eventually(
    async () => expect(await rig.stores(current, dropped)).toEqual([current]),
    DEADLINE_MS,
  );
  expect(await readdir(join(rig.dataDir, 'data'))).toContain('not-a-store');
});

test('partitions are distributed again when there are more replicas', async () => {
  await using rig = await Rig.create();
  const topic = uniqueTopic('shared');
  await rig.addTopic(topic);
  await rig.write(topic, 'a', '1');
  await rig.host([topic], ['first:1']);
  await using mirror = await rig.start();
  await untilText(mirror, topic, 'a', '1');
  await rig.host([topic], ['first:1', 'second:2']);
  await eventually(async () => {
    const answer = await call(`${mirror.url}${partitionsPath(topic)}`);
    expect(answer.json()).toEqual({ 0: ['first:1'], 1: ['second:2'], 2: ['first:1'] });
    const status = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
    const owned = status.topics[0]?.partitions.map(({ partition }) => partition);
    expect([status.replicas, owned]).toEqual([2, [0, 2]]);
  }, DEADLINE_MS);
  await untilReady(mirror);
});
