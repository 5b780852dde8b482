import { expect, test } from 'vitest';

import { addPartitions } from './add-partitions.ts';
import { testBroker, uniqueTopic } from './broker.ts';
import type { ConformanceBench } from './conformance-bench.ts';
import { fetchOptions, readToEnd, testSignal } from './read-to-end.ts';

/** Topics that are created, deleted and recreated. */
export function testTopics(bench: () => ConformanceBench): void {
  test('a topic is described with the id that Kafka’s own tools show', async () => {
    const { admin, java, source } = bench();
    const topic = await bench().topic(5);
    const description = { topic, partitions: 5, topicId: await java.run(`id ${topic}`) };
    expect(await source.describe(topic, testSignal())).toEqual(description);
    expect(await admin.describe(topic, testSignal())).toEqual(description);
  });

  test('all topics are listed without those of Kafka itself, with the bytes of their records', async () => {
    const { admin, sink, source } = bench();
    const topic = await bench().topic(2);
    const empty = await bench().topic(1);
    const value = Buffer.alloc(10_000, 'v');
    await sink.produce([{ topic, partition: 1, records: [{ key: null, value }] }], 30_000);
    const listed = await admin.list(testSignal());
    const names = listed.map((each) => each.topic);
    expect(names).toEqual(names.toSorted((one, other) => (one < other ? -1 : 1)));
    expect(names).not.toContain('__consumer_offsets');
    expect(listed.find((each) => each.topic === topic)).toEqual(
      await source.describe(topic, testSignal()),
    );
    const sizes = await admin.sizes(testSignal());
    expect(sizes?.get(empty)).toBe(0n);
    expect(Number(sizes?.get(topic))).toBeGreaterThan(10_000);
    expect(Number(sizes?.get(topic))).toBeLessThan(11_000);
  });

  test('every call reports a missing topic, and none creates it', async () => {
    const { admin, sink, source } = bench();
    const topic = uniqueTopic('nowhere');
    expect(await source.describe(topic, testSignal())).toBeUndefined();
    expect(await source.describe('not a name', testSignal())).toBeUndefined();
    await expect(source.offsets(topic, 'latest', testSignal())).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
    });
    const fetched = await source.fetch([{ topic, partition: 0, offset: 0n }], fetchOptions());
    expect(fetched).toMatchObject([
      { records: [], nextOffset: 0n, failure: { reason: 'topic-gone' } },
    ]);
    const records = [{ key: null, value: Buffer.from('v') }];
    expect(await sink.produce([{ topic, partition: 0, records }], 30_000)).toMatchObject([
      { ok: false, outcome: 'not_written', reason: 'topic-gone' },
    ]);
    expect(await admin.describe(topic, testSignal())).toBeUndefined();
    expect(await admin.delete(topic, testSignal())).toBe(false);
  });

  test('a topic is created once, with its configuration, and is usable at once', async () => {
    const { admin, sink } = bench();
    const topic = uniqueTopic('created');
    const newTopic = {
      topic,
      partitions: 3,
      replicationFactor: 1,
      configs: { 'max.message.bytes': '1000' },
    };
    expect(await admin.create(newTopic, testSignal())).toBe(true);
    expect(await admin.create(newTopic, testSignal())).toBe(false);
    const records = [{ key: null, value: Buffer.alloc(2000) }];
    expect(await sink.produce([{ topic, partition: 2, records }], 30_000)).toMatchObject([
      { ok: false, outcome: 'not_written', reason: 'rejected' },
    ]);
    expect(await admin.delete(topic, testSignal())).toBe(true);
    expect(await admin.delete(topic, testSignal())).toBe(false);
  });

  test('the effective settings of a topic are returned, defaults included', async () => {
    const { admin } = bench();
    const topic = uniqueTopic('configured');
    const configs = { 'cleanup.policy': 'compact', 'retention.ms': '1234' };
    await admin.create({ topic, partitions: 1, replicationFactor: 1, configs }, testSignal());
    const names = ['cleanup.policy', 'retention.ms', 'retention.bytes'];
    const settings = await admin.configs(topic, names, testSignal());
    expect(Object.fromEntries(settings ?? [])).toEqual({ ...configs, 'retention.bytes': '-1' });
    expect(await admin.configs(uniqueTopic('nowhere'), names, testSignal())).toBeUndefined();
  });

  test.each([
    ['a name that Kafka refuses', { topic: 'no spaces', partitions: 1, replicationFactor: 1 }],
    [
      'more replicas than brokers',
      { topic: uniqueTopic('many'), partitions: 1, replicationFactor: 99 },
    ],
    ['no partitions', { topic: uniqueTopic('none'), partitions: 0, replicationFactor: 1 }],
    [
      'an unknown setting',
      {
        topic: uniqueTopic('odd'),
        partitions: 1,
        replicationFactor: 1,
        configs: { 'no.such': '1' },
      },
    ],
  ])('a topic with %s is refused as a bad request', async (_title, newTopic) => {
    await expect(bench().admin.create(newTopic, testSignal())).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  test('a topic that is deleted during reads is reported as gone, and the others continue', async () => {
    const { admin, java, source } = bench();
    const going = await bench().topic();
    const staying = await bench().topic();
    const positions = [going, staying].map((topic) => ({ topic, partition: 0, offset: 0n }));
    await source.fetch(positions, fetchOptions({ maxWaitMs: 0 }));
    await admin.delete(going, testSignal());
    await java.run('producer stay', `send stay ${staying} 0 =k =v`, 'flush stay');
    const read: bigint[] = [];
    await expect
      .poll(async () => {
        const results = await source.fetch(positions, fetchOptions());
        const [gone, other] = [going, staying].map((topic) =>
          results.find((one) => one.topic === topic),
        );
        read.push(...(other?.records ?? []).map(({ offset }) => offset));
        return gone?.failure?.reason;
      })
      .toBe('topic-gone');
    expect(new Set(read)).toEqual(new Set([0n]));
  });

  test('a topic that is deleted while a fetch waits ends the wait', async () => {
    const { admin, source } = bench();
    const topic = await bench().topic();
    const position = { topic, partition: 0, offset: 0n };
    await source.fetch([position], fetchOptions({ maxWaitMs: 0 }));
    const waiting = source.fetch([position], fetchOptions({ maxWaitMs: 50_000 }));
    await admin.delete(topic, testSignal());
    const deleted = performance.now();
    // The leader may get the change before the metadata do. Then it only reports that it is no
    // longer the leader.
    expect(await waiting).toMatchObject([
      { failure: { reason: expect.stringMatching(/topic-gone|retriable/) } },
    ]);
    expect(performance.now() - deleted).toBeLessThan(25_000);
    await expect
      .poll(async () => (await source.fetch([position], fetchOptions()))[0]?.failure?.reason)
      .toBe('topic-gone');
  });

  test('a recreated topic is never confused with the previous one', async () => {
    const { admin, java, source } = bench();
    const topic = await bench().topic();
    await java.run('producer anew', `send anew ${topic} 0 =k =old 3`, 'flush anew');
    await readToEnd(source, { topic, partitions: 1 });
    const first = await source.describe(topic, testSignal());
    await admin.delete(topic, testSignal());
    await admin.create({ topic, partitions: 1, replicationFactor: 1 }, testSignal());
    await java.run('producer anew2', `send anew2 ${topic} 0 =k =new 9`, 'flush anew2');

    const position = { topic, partition: 0, offset: 3n };
    const recreated = [{ records: [], nextOffset: 3n, failure: { reason: 'topic-recreated' } }];
    expect(await source.fetch([position], fetchOptions())).toMatchObject(recreated);
    expect(await source.fetch([position], fetchOptions())).toMatchObject(recreated);
    const second = await source.describe(topic, testSignal());
    expect(second?.topicId).not.toBe(first?.topicId);

    const other = bench().newSource();
    try {
      const stored = { ...position, topicId: first?.topicId };
      expect(await other.fetch([stored], fetchOptions())).toMatchObject(recreated);
      const known = { ...position, topicId: second?.topicId };
      const [result] = await other.fetch([known], fetchOptions());
      expect(result?.records.map(({ offset }) => offset)).toEqual([3n, 4n, 5n, 6n, 7n, 8n]);
    } finally {
      await other.close();
    }
  });

  test('clients that know a topic can write and read added partitions at once', async () => {
    const { sink, source } = bench();
    const topic = await bench().topic(1);
    const records = [{ key: null, value: Buffer.from('v') }];
    const write = (partition: number): Promise<unknown> =>
      sink.produce([{ topic, partition, records }], 30_000);
    const read = (partition: number): Promise<unknown> =>
      source.fetch([{ topic, partition, offset: 0n }], fetchOptions());
    expect(await write(0)).toMatchObject([{ ok: true }]);
    expect(await read(0)).toMatchObject([{ records: [{}] }]);
    await addPartitions(testBroker(), topic, 3);
    expect(await write(2)).toMatchObject([{ ok: true }]);
    expect(await read(2)).toMatchObject([{ records: [{}] }]);
  });

  test('a partition that the topic does not have is reported as gone', async () => {
    const { sink, source } = bench();
    const topic = await bench().topic(3);
    const results = await source.fetch([{ topic, partition: 3, offset: 0n }], fetchOptions());
    expect(results).toMatchObject([{ failure: { reason: 'topic-gone' } }]);
    const records = [{ key: null, value: null }];
    expect(await sink.produce([{ topic, partition: 3, records }], 30_000)).toMatchObject([
      { ok: false, outcome: 'not_written', reason: 'topic-gone' },
    ]);
  });
}
