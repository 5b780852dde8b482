import { codecFor } from '@quicksilver/codec/codecs';
import { AppError } from '@quicksilver/common/errors/app-error';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { KafkaClient, TopicAdmin, RecordSink } from '@quicksilver/kafka/ports';
import type { PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import { ValueReaders } from '@quicksilver/codec/registry/value-readers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { addPartitions } from '@quicksilver/testkit/add-partitions';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { FeedEvent } from './feed-event.ts';
import { Feeds, type FeedsOptions } from './feeds.ts';
import type { PlaceReader } from './first-writes.ts';
import type { Subscription } from './subscription.ts';

const PARTITIONS = 3;

let kafka: KafkaClient;
let admin: TopicAdmin;
let sink: RecordSink;
const open: Feeds[] = [];

beforeAll(() => {
  kafka = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'feeds-test',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 67_108_864,
  });
  admin = kafka.admin();
  sink = kafka.sink();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((feeds) => feeds.stop()));
});
afterAll(async () => {
  await Promise.all([admin.close(), sink.close()]);
});

async function newTopic(): Promise<TopicEntry> {
  const name = uniqueTopic('feed');
  const signal = AbortSignal.timeout(20_000);
  await admin.create({ topic: name, partitions: PARTITIONS, replicationFactor: 1 }, signal);
  return {
    name,
    keyType: 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
    partitions: PARTITIONS,
  };
}

/**
 * Writes one record after the other. Null is a tombstone. Without a partition, keys go where Java
 * puts them.
 */
async function write(
  topic: TopicEntry,
  records: readonly (readonly [string, string | null, number?])[],
): Promise<void> {
  for (const [key, json, chosen] of records) {
    const bytes = Buffer.from(key);
    const value = json === null ? null : Buffer.from(json);
    const partition = chosen ?? partitionOf(bytes, PARTITIONS);
    const [result] = await sink.produce(
      [{ topic: topic.name, partition, records: [{ key: bytes, value }] }],
      30_000,
    );
    expect(result?.ok).toBe(true);
  }
}

interface FeedsBounds {
  readonly queueItemsMax?: number;
  readonly subscribersMax?: number;
  readonly lingerMs?: number;
  readonly onEvent?: (topic: string, outcome: string, dropped: number) => void;
  readonly mirrors?: PlaceReader;
  readonly startMs?: number;
  readonly values?: FeedsOptions['values'];
}

/** The topics of these tests are mutable, so their feeds need no mirror. */
const NO_MIRRORS: PlaceReader = {
  locate: () => Promise.reject(new Error('a mirror was asked')),
};

function newFeeds(bounds: FeedsBounds = {}): Feeds {
  const feeds = new Feeds({
    openSource: () => kafka.source(),
    mirrors: NO_MIRRORS,
    values: new ValueReaders({ schemaRegistry: undefined, schemaRegistryTimeoutMs: 1_000 }),
    log: silentLog,
    subscribersMax: 100,
    queueItemsMax: 1_000,
    queueBytesMax: 1_000_000,
    startMs: 30_000,
    lingerMs: 0,
    onEvent: () => undefined,
    ...bounds,
  });
  open.push(feeds);
  return feeds;
}

async function take(subscription: Subscription, count: number): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  while (events.length < count) {
    const result = await subscription.next();
    if (result.done === true) {
      throw new Error(`the subscription ended after ${events.length} of ${count} events`);
    }
    events.push(result.value);
  }
  return events;
}

const values = (events: readonly FeedEvent[]): unknown[] => events.map((event) => event.value);
const keyOf = (key: string): string => JSON.stringify(key);

describe('a feed', () => {
  test('I-S1: delivers every record after the subscription, once and in order', async () => {
    const topic = await newTopic();
    await write(topic, [['a', '"before"']]);
    const subscription = await newFeeds().subscribe(
      [{ entry: topic, tombstones: false }],
      undefined,
    );
    const records = Array.from({ length: 50 }, (_, at) => ['a', String(at)] as const);
    await write(topic, records);
    const events = await take(subscription, 50);
    expect(values(events)).toEqual(records.map(([, json]) => Number(json)));
    expect(events.map((event) => event.offset)).toEqual(records.map((_, at) => BigInt(at + 1)));
  });

  test('F21: I-S1: waits while the schema registry is away, and then delivers every record once and in order', async () => {
    const topic = { ...(await newTopic()), valueType: 'AVRO' } as const;
    let tries = 0;
    const feeds = newFeeds({
      values: {
        keyReaderOf: () => Promise.resolve(undefined),
        readerOf: async () => {
          tries += 1;
          if (tries < 4) {
            throw new AppError('REGISTRY_UNAVAILABLE', 'away');
          }
          return codecFor('JSON');
        },
      },
    });
    const subscription = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    await write(topic, [
      ['a', '1'],
      ['a', '2'],
      ['a', '3'],
    ]);
    expect(values(await take(subscription, 3))).toEqual([1, 2, 3]);
    expect(tries).toBeGreaterThanOrEqual(4);
  });

  test('delivers a key only to its subscribers', async () => {
    const topic = await newTopic();
    const feeds = newFeeds();
    const [all, a, b] = await Promise.all([
      feeds.subscribe([{ entry: topic, tombstones: false }], undefined),
      feeds.subscribe([{ entry: topic, tombstones: false }], keyOf('a')),
      feeds.subscribe([{ entry: topic, tombstones: false }], keyOf('b')),
    ]);
    await write(topic, [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['a', '4'],
      ['b', '5'],
    ]);
    expect(values(await take(a, 2))).toEqual([1, 4]);
    expect(values(await take(b, 2))).toEqual([2, 5]);
    expect(new Set(values(await take(all, 5)))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test('delivers the records of a key from every partition, even from partitions that are added later', async () => {
    const topic = await newTopic();
    const feeds = newFeeds();
    const followed = [{ entry: topic, tombstones: true }];
    const [all, a] = await Promise.all([
      feeds.subscribe(followed, undefined),
      feeds.subscribe(followed, keyOf('a')),
    ]);
    // Each event is taken before the next write, because partitions have no common order.
    const bring = async (json: string | null, partition: number): Promise<void> => {
      await write(topic, [['a', json, partition]]);
      for (const subscription of [all, a]) {
        const [event] = await take(subscription, 1);
        expect(event).toMatchObject({ value: json === null ? null : Number(json), partition });
      }
    };
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await bring(String(partition), partition);
      await bring(null, partition);
    }
    await addPartitions(testBroker(), topic.name, 5);
    await bring('3', 3);
    await bring('4', 4);
    await bring(null, 4);
    await bring('0', 0);
  });

  test('decodes a record once for all, and skips tombstones and records that cannot be decoded', async () => {
    const topic = await newTopic();
    const outcomes: string[] = [];
    const feeds = newFeeds({ onEvent: (_topic, outcome) => outcomes.push(outcome) });
    const [one, other] = [
      await feeds.subscribe([{ entry: topic, tombstones: false }], undefined),
      await feeds.subscribe([{ entry: topic, tombstones: false }], keyOf('a')),
    ];
    await write(topic, [
      ['a', null],
      ['a', '{"no json'],
      ['a', '{"n":9007199254740993}'],
    ]);
    const [[first], [second]] = await Promise.all([take(one, 1), take(other, 1)]);
    expect(JSON.stringify(first?.value)).toBe('{"n":9007199254740993}');
    expect(second).toBe(first);
    expect(outcomes).toEqual(['poison', 'delivered']);
  });

  test('ends a subscription that does not read, and delays no other', async () => {
    const topic = await newTopic();
    const drops: number[] = [];
    const feeds = newFeeds({
      queueItemsMax: 10,
      onEvent: (_topic, _outcome, dropped) => drops.push(dropped),
    });
    const slow = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    const quick = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    for (let at = 0; at < 30; at += 1) {
      await write(topic, [['a', String(at)]]);
      await take(quick, 1);
    }
    expect(values(await take(slow, 10))).toEqual(Array.from({ length: 10 }, (_, at) => at));
    await expect(slow.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_OVERRUN' });
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(drops.filter((dropped) => dropped > 0)).toEqual([1]);
  });

  test('ends with its last subscriber, and the next one starts a new feed at the end of the topic', async () => {
    const topic = await newTopic();
    const feeds = newFeeds();
    const [first, second] = [
      await feeds.subscribe([{ entry: topic, tombstones: false }], undefined),
      await feeds.subscribe([{ entry: topic, tombstones: false }], keyOf('a')),
    ];
    expect([...feeds.sizes()]).toEqual([[topic.name, 2]]);
    const waiting = first.next();
    await first.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await second.return();
    expect(feeds.sizes().size).toBe(0);
    await write(topic, [['a', '1']]);
    const third = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    await write(topic, [['a', '2']]);
    expect(values(await take(third, 1))).toEqual([2]);
  });

  test('continues for a moment, and a new subscriber finds it running', async () => {
    const topic = await newTopic();
    const feeds = newFeeds({ lingerMs: 60_000 });
    await (await feeds.subscribe([{ entry: topic, tombstones: false }], undefined)).return();
    expect([...feeds.sizes()]).toEqual([[topic.name, 0]]);
    const next = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    await write(topic, [['a', '1']]);
    expect(values(await take(next, 1))).toEqual([1]);
  });

  test('ends its subscriptions when the topic is deleted', async () => {
    const topic = await newTopic();
    const feeds = newFeeds();
    const subscription = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    await admin.delete(topic.name, AbortSignal.timeout(20_000));
    await expect(subscription.next()).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    await eventually(() => expect(feeds.sizes().size).toBe(0));
  });

  test('of a topic that Kafka does not have is rejected, and leaves nothing behind', async () => {
    const topic = { ...(await newTopic()), name: uniqueTopic('never-made') };
    const feeds = newFeeds();
    await expect(
      feeds.subscribe([{ entry: topic, tombstones: false }], undefined),
    ).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
    });
    expect(feeds.sizes().size).toBe(0);
  });

  test('I-W5: a loser of a race in an immutable topic is never delivered, and a mirror that fails ends the subscription', async () => {
    const topic: TopicEntry = { ...(await newTopic()), writeType: 'IMMUTABLE' };
    const outcomes: string[] = [];
    const first = new Map<string, PlacesEntry>();
    const place = (offset: bigint): PlacesEntry => [
      {
        partition: partitionOf(Buffer.from('a'), PARTITIONS),
        offset,
        timestamp: 1,
        isRemoval: false,
      },
    ];
    let isAway = false;
    const feeds = newFeeds({
      // The feed must start within this time, even if the broker is slow.
      startMs: 6_000,
      onEvent: (_topic, outcome) => outcomes.push(outcome),
      mirrors: {
        locate: (_topic, keys) =>
          Promise.resolve(
            keys.map((key) =>
              isAway ? new AppError('MIRROR_UNAVAILABLE', 'It is away.') : (first.get(key) ?? []),
            ),
          ),
      },
    });
    const subscription = await feeds.subscribe([{ entry: topic, tombstones: true }], undefined);
    first.set(keyOf('a'), place(0n));
    await write(topic, [
      ['a', '"winner"'],
      ['a', '"loser"'],
      ['a', null],
    ]);
    expect(values(await take(subscription, 1))).toEqual(['winner']);
    await eventually(() => expect(outcomes).toEqual(['delivered', 'loser', 'loser']));
    isAway = true;
    first.set(keyOf('a'), place(3n));
    await write(topic, [['a', '"not known"']]);
    await expect(subscription.next()).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE' });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  test('a key that does not have the topic’s type is rejected', async () => {
    const topic = { ...(await newTopic()), keyType: 'LONG' as const };
    await expect(
      newFeeds().subscribe([{ entry: topic, tombstones: false }], '"x"'),
    ).rejects.toMatchObject({
      code: 'TYPE_MISMATCH',
    });
    expect(codecFor('LONG').fromJson('5')).toHaveLength(8);
  });

  test('subscribers over the limit of the process are rejected', async () => {
    const topic = await newTopic();
    const feeds = newFeeds({ subscribersMax: 1 });
    await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    await expect(
      feeds.subscribe([{ entry: topic, tombstones: false }], undefined),
    ).rejects.toMatchObject({ code: 'OVERLOADED' });
  });

  test('when the process stops, subscribers get their queued events and then the end', async () => {
    const topic = await newTopic();
    const feeds = newFeeds();
    const subscription = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    const heard = await feeds.subscribe([{ entry: topic, tombstones: false }], undefined);
    await write(topic, [['a', '1']]);
    await take(heard, 1);
    await feeds.drain();
    expect(values(await take(subscription, 1))).toEqual([1]);
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    await expect(
      feeds.subscribe([{ entry: topic, tombstones: false }], undefined),
    ).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
  });
});
