import type { KafkaClient } from '@quicksilver/kafka/ports';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testBroker, uniqueTopic } from './broker.ts';
import { freezeProcess, thawProcess } from '../faults/freeze-process.ts';
import { OwnBroker } from './own-broker.ts';
import type { ToggleProxy } from '../faults/toggle-proxy.ts';
import type { CreateClient } from './conformance-bench.ts';
import { recordOf } from './conformance-writing.ts';
import { fetchOptions, readToEnd, testSignal } from './read-to-end.ts';

/** What a broker that is there, but slow, does not come near. */
const REQUEST_MS = 4000;
/** Without a limit a call to a broker that is not there would wait for ever. */
const HANG_MS = 40_000;
/** For the writes that succeed. */
const WRITE_MS = 30_000;

interface Objects extends AsyncDisposable {
  readonly source: ReturnType<KafkaClient['source']>;
  readonly sink: ReturnType<KafkaClient['sink']>;
  readonly admin: ReturnType<KafkaClient['admin']>;
}

/** A broker of their own for the tests that cut it off, stop it and bring it back. */
export function testFaults(createClient: CreateClient): void {
  let broker: OwnBroker;
  let proxy: ToggleProxy;

  beforeAll(async () => {
    broker = await OwnBroker.start({
      jarsDir: testBroker().jarsDir,
      proxies: 1,
      extraProperties: {
        'auto.create.topics.enable': true,
        // It is frozen for longer than a session of `OwnBroker`, and would be fenced afterwards.
        'broker.session.timeout.ms': 60_000,
      },
    });
    const [first] = broker.proxies;
    if (first === undefined) {
      throw new Error('a broker with one proxy was asked for');
    }
    proxy = first;
  });

  afterAll(() => broker[Symbol.asyncDispose]());

  function connect(bootstrapServers: readonly string[] = [proxy.address]): Objects {
    const client = createClient({
      bootstrapServers,
      clientId: 'conformance',
      requestTimeoutMs: REQUEST_MS,
      decompressedBytesMax: 1_048_576,
    });
    const objects = { source: client.source(), sink: client.sink(), admin: client.admin() };
    const close = async (): Promise<void> => {
      await Promise.all([objects.source.close(), objects.sink.close(), objects.admin.close()]);
    };
    return { ...objects, [Symbol.asyncDispose]: close };
  }

  async function newTopic({ admin }: Objects): Promise<string> {
    const topic = uniqueTopic('faults');
    await admin.create({ topic, partitions: 1, replicationFactor: 1 }, testSignal());
    return topic;
  }

  async function write({ sink }: Objects, topic: string, value: string, timeoutMs = WRITE_MS) {
    const [result] = await sink.produce(
      [{ topic, partition: 0, records: [recordOf(value)] }],
      timeoutMs,
    );
    return result;
  }

  async function values({ source }: Objects, topic: string): Promise<string[]> {
    const records = await readToEnd(source, { topic, partitions: 1 });
    return records.map(({ value }) => Buffer.from(value ?? '', 'hex').toString());
  }

  async function expectAway(call: Promise<unknown>): Promise<void> {
    const started = performance.now();
    await expect(call).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(performance.now() - started).toBeLessThan(HANG_MS);
  }

  async function expectAllAway({ source, admin }: Objects, topic: string): Promise<void> {
    const position = { topic, partition: 0, offset: 0n };
    await Promise.all([
      expectAway(source.fetch([position], fetchOptions({ maxWaitMs: 300 }))),
      expectAway(source.describe(topic, testSignal())),
      expectAway(source.offsets(topic, 'latest', testSignal())),
      expectAway(admin.describe(topic, testSignal())),
      expectAway(admin.create({ topic, partitions: 1, replicationFactor: 1 }, testSignal())),
    ]);
  }

  test('a request for a topic does not create it, even if the broker would', async () => {
    await using objects = connect();
    const topic = uniqueTopic('unasked');
    expect(await objects.source.describe(topic, testSignal())).toBeUndefined();
    await objects.source.fetch([{ topic, partition: 0, offset: 0n }], fetchOptions());
    expect(await write(objects, topic, 'v')).toMatchObject({ ok: false, reason: 'topic-gone' });
    expect(await objects.admin.describe(topic, testSignal())).toBeUndefined();
  });

  test.each(['blackhole', 'refuse', 'reset'] as const)(
    'a broker behind a network in the mode %s is unavailable in time, and the same objects come back',
    async (mode) => {
      await using objects = connect();
      const topic = await newTopic(objects);
      expect(await write(objects, topic, 'before')).toEqual({ ok: true, baseOffset: 0n });
      expect(await values(objects, topic)).toEqual(['before']);
      await proxy.set(mode);
      try {
        await expectAllAway(objects, topic);
      } finally {
        await proxy.set('pass');
      }
      expect(await values(objects, topic)).toEqual(['before']);
      expect(await objects.source.describe(topic, testSignal())).toBeDefined();
      expect(await objects.admin.describe(topic, testSignal())).toBeDefined();
      expect(await write(objects, topic, 'after')).toEqual({ ok: true, baseOffset: 1n });
    },
  );

  test('a waiting fetch ends in time when the network goes silent', async () => {
    await using objects = connect();
    const topic = await newTopic(objects);
    const position = { topic, partition: 0, offset: 0n };
    await objects.source.fetch([position], fetchOptions({ maxWaitMs: 0 }));
    const waiting = objects.source.fetch([position], fetchOptions({ maxWaitMs: 1000 }));
    await proxy.set('blackhole');
    try {
      await expectAway(waiting);
    } finally {
      await proxy.set('pass');
    }
    expect(await values(objects, topic)).toEqual([]);
  });

  test('a write that reaches no broker returns not_written in time', async () => {
    await using objects = connect();
    const topic = await newTopic(objects);
    await proxy.set('refuse');
    try {
      const started = performance.now();
      expect(await write(objects, topic, 'nowhere', 700)).toMatchObject({
        ok: false,
        outcome: 'not_written',
        reason: 'unavailable',
      });
      expect(performance.now() - started).toBeLessThan(HANG_MS);
    } finally {
      await proxy.set('pass');
    }
    expect(await write(objects, topic, 'after')).toEqual({ ok: true, baseOffset: 0n });
    expect(await values(objects, topic)).toEqual(['after']);
  });

  test('a write whose response was lost is in the log once, and returns its offset', async () => {
    await using objects = connect();
    const topic = await newTopic(objects);
    await write(objects, topic, 'first');
    await proxy.set('half_open');
    const lost = write(objects, topic, 'lost answer', 60_000);
    try {
      await using direct = connect([broker.bootstrapServer]);
      await expect
        .poll(async () => (await direct.source.offsets(topic, 'latest', testSignal())).get(0))
        .toBe(2n);
    } finally {
      await proxy.set('pass');
    }
    expect(await lost).toEqual({ ok: true, baseOffset: 1n });
    expect(await write(objects, topic, 'next')).toEqual({ ok: true, baseOffset: 2n });
    expect(await values(objects, topic)).toEqual(['first', 'lost answer', 'next']);
  });

  test('a stopped broker makes writes unknown in time; later none is duplicated or reordered', async () => {
    await using objects = connect([broker.bootstrapServer]);
    const topic = await newTopic(objects);
    await write(objects, topic, 'first');
    await freezeProcess(broker.kafka.pid);
    try {
      const started = performance.now();
      // The second one's time is over first: the end of the other would let it out.
      const sent = write(objects, topic, 'stopped', 2000);
      const queued = write(objects, topic, 'queued', 1000);
      expect(await queued).toMatchObject({
        ok: false,
        outcome: 'not_written',
        reason: 'unavailable',
      });
      expect(await sent).toMatchObject({ ok: false, outcome: 'unknown', reason: 'unavailable' });
      expect(performance.now() - started).toBeLessThan(HANG_MS);
      await expectAway(objects.source.describe(topic, testSignal()));
    } finally {
      thawProcess(broker.kafka.pid);
    }
    for (const value of ['a', 'b', 'c']) {
      expect(await write(objects, topic, value)).toMatchObject({ ok: true });
    }
    const written = await values(objects, topic);
    expect(written.filter((value) => value !== 'stopped')).toEqual(['first', 'a', 'b', 'c']);
    expect(['stopped', 'a']).toContain(written[1]);
  });

  test('the same objects work again after the broker was stopped and started', async () => {
    await using objects = connect([broker.bootstrapServer]);
    const topic = await newTopic(objects);
    expect(await write(objects, topic, 'before')).toEqual({ ok: true, baseOffset: 0n });
    expect(await values(objects, topic)).toEqual(['before']);
    await broker.stop();
    await expectAllAway(objects, topic);
    await broker.startAgain();
    expect(await write(objects, topic, 'after')).toEqual({ ok: true, baseOffset: 1n });
    await expect.poll(() => values(objects, topic).catch(() => [])).toEqual(['before', 'after']);
    expect(await objects.admin.describe(topic, testSignal())).toMatchObject({ topic });
  });

  test('a closed client has no connection, and rejects calls at once', async () => {
    const objects = connect();
    const topic = await newTopic(objects);
    await write(objects, topic, 'v');
    await values(objects, topic);
    const waiting = objects.source.fetch(
      [{ topic, partition: 0, offset: 1n }],
      fetchOptions({ maxWaitMs: 10_000 }),
    );
    const [ended] = await Promise.allSettled([waiting, objects[Symbol.asyncDispose]()]);
    expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'KAFKA_UNAVAILABLE' } });
    await expect.poll(() => proxy.openConnections).toBe(0);
    await expectAllAway(objects, topic);
    expect(await write(objects, topic, 'v')).toMatchObject({ ok: false, outcome: 'not_written' });
    expect(proxy.openConnections).toBe(0);
  });
}
