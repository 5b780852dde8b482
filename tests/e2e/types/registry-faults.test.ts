import type { MirrorStatus, TopicStatus } from '@quicksilver/contracts/mirror-api/contract';
import { consoleConsume } from '@quicksilver/local-kafka/console-tools';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { AvroNetwork } from './avro-network.ts';
import { avroBytes, avroType } from './avro-producer.ts';

const DEADLINE_MS = 60_000;
/** The registry may have to be fetched. */
const FETCH_MS = 600_000;
/** More than one batch of a partition. */
const RECORDS = 6_000;

/** Records of one field, which all have the same bytes for the same number. */
const recordOf = (name: string, field: string): object => ({
  type: 'record',
  name,
  fields: [{ name: field, type: 'long' }],
});
const PRICE = recordOf('Price', 'cents');
const WEIGHT = recordOf('Weight', 'grams');
const LENGTH = recordOf('Length', 'mm');
const bytesOf = (id: number, schema: object, value: object): Buffer =>
  avroBytes(id, avroType(schema), value);

interface Poison {
  readonly topic: string;
  readonly key: string;
  readonly detail: string;
}

describe('a real registry that goes away, and that comes back as another one', () => {
  const prices = uniqueTopic('prices');
  const sizes = uniqueTopic('sizes');
  let avro: AvroNetwork;
  /** Of the first schema, which is what a registry that was emptied gives first again. */
  let priceId = 0;

  beforeAll(async () => {
    avro = await AvroNetwork.start({ topics: [prices, sizes] });
    priceId = await avro.registry.register('price', PRICE);
  }, FETCH_MS);
  afterAll(() => avro[Symbol.asyncDispose]());

  const mirror = () => avro.network.mirror(prices);
  const statusOf = async (topic: string): Promise<TopicStatus> => {
    const status = (await call(`${mirror().url}/status`)).json() as MirrorStatus;
    const topicStatus = status.topics.find((each) => each.topic === topic);
    if (topicStatus === undefined) {
      throw new Error(`the mirror does not host ${topic}`);
    }
    return topicStatus;
  };
  const poisonOf = async (topic: string): Promise<readonly Poison[]> => {
    const { items } = (await call(`${mirror().url}/poison`)).json() as { items: Poison[] };
    return items.filter((each) => each.topic === topic);
  };
  const valueOf = async (topic: string, key: string): Promise<string> =>
    (await call(`${mirror().url}/topics/${topic}/keys/${key}`)).text;
  const write = (topic: string, key: string, value: Buffer) =>
    avro.producer.write(topic, [[key, value]]);

  /** Key to value as JSON, as Kafka's own consumer and the other library read the topic. */
  const oracleOf = async (topic: string, schemas: ReadonlyMap<number, object>) => {
    const records = await consoleConsume({ ...testBroker(), topic });
    return new Map(
      records.map(({ key, value }) => {
        const schema = schemas.get(value?.readUInt32BE(1) ?? -1);
        const read = avroType(schema).fromBuffer(value?.subarray(5) ?? Buffer.alloc(0)) as object;
        const members = Object.entries(read).map(([name, number]) => `"${name}":${number}`);
        return [key?.toString() ?? '', `{${members.join(',')}}`];
      }),
    );
  };
  const mirrored = async (topic: string): Promise<Map<string, string>> => {
    const values = new Map<string, string>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await call(
        `${mirror().url}/topics/${topic}/keys?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      const { items, next } = page.json() as {
        items: { key: string; value: object }[];
        next: string | null;
      };
      for (const { key, value } of items) {
        values.set(key, JSON.stringify(value));
      }
      cursor = next;
    }
    return values;
  };

  test('F21: a mirror that is killed and started again while the registry is away reads everything once it is back', async () => {
    const lengthId = await avro.registry.register('length', LENGTH);
    await write(sizes, 'before', bytesOf(lengthId, LENGTH, { mm: 1n }));
    await eventually(
      async () => expect(await valueOf(sizes, 'before')).toBe('{"mm":1}'),
      DEADLINE_MS,
    );
    const weightId = await avro.registry.register('weight', WEIGHT);
    await avro.registry.kill();
    // One of the schemas was met before the outage, the other was not.
    await avro.producer.write(
      sizes,
      Array.from({ length: RECORDS }, (_, at) => [
        `k${at}`,
        at % 2 === 0
          ? bytesOf(lengthId, LENGTH, { mm: BigInt(at) })
          : bytesOf(weightId, WEIGHT, { grams: BigInt(at) }),
      ]),
    );
    const waits = () =>
      eventually(async () => {
        const { partitions } = await statusOf(sizes);
        // There are none while its store is opened.
        expect(partitions).toHaveLength(3);
        expect(partitions.map(({ detail }) => detail)).toEqual(
          partitions.map(() => expect.stringContaining('The schema registry at') as string),
        );
      }, DEADLINE_MS);
    await waits();
    // The mirror has fetched this record and cannot read it.
    const unread = await call(`${mirror().url}/topics/${sizes}/keys/k1`);
    expect([unread.status, unread.json()]).toMatchObject([503, { errorCode: 'STALE' }]);
    await mirror().kill('SIGKILL');
    await mirror().start(false);
    await waits();
    await mirror().kill('SIGKILL');
    await mirror().start(false);
    await waits();
    await avro.registry.start();
    await mirror().untilReady();

    const schemas = new Map([
      [lengthId, LENGTH],
      [weightId, WEIGHT],
    ]);
    const expected = await oracleOf(sizes, schemas);
    expect(expected.size).toBe(RECORDS + 1);
    expect(await mirrored(sizes)).toEqual(expected);
    const { partitions, changedSchemas } = await statusOf(sizes);
    expect(partitions.map(({ lagRecords, poisonRecords }) => [lagRecords, poisonRecords])).toEqual(
      partitions.map(() => ['0', 0]),
    );
    expect([changedSchemas, await poisonOf(sizes)]).toEqual([undefined, []]);
  });

  test('records whose schema did not exist are read once it does, without another record; older ones replace nothing', async () => {
    const nextId = (await avro.registry.register('last', recordOf('Last', 'x'))) + 1;
    const VOLUME = recordOf('Volume', 'ml');
    const volume = (ml: bigint): Buffer => bytesOf(nextId, VOLUME, { ml });
    const lengthId = await avro.registry.register('length', LENGTH);
    const keyAt = (key: string) => call(`${mirror().url}/topics/${sizes}/keys/${key}`);
    await write(sizes, 'newest', bytesOf(lengthId, LENGTH, { mm: 1n }));
    await write(sizes, 'newest', volume(2n));
    await write(sizes, 'first', volume(3n));
    await write(sizes, 'replaced', volume(4n));
    await write(sizes, 'replaced', bytesOf(lengthId, LENGTH, { mm: 5n }));
    await write(sizes, 'removed', volume(6n));
    await avro.producer.write(sizes, [['removed', null]]);
    await eventually(async () => expect(await poisonOf(sizes)).toHaveLength(4), DEADLINE_MS);
    expect(await valueOf(sizes, 'newest')).toBe('{"mm":1}');
    expect((await keyAt('first')).status).toBe(404);
    // The poison records are in the store, and are read by another process.
    await mirror().kill('SIGKILL');
    await mirror().start();
    expect(await poisonOf(sizes)).toHaveLength(4);

    expect(await avro.registry.register('volume', VOLUME)).toBe(nextId);
    await eventually(async () => expect(await poisonOf(sizes)).toEqual([]), DEADLINE_MS);
    const newest = await keyAt('newest');
    expect([newest.text, newest.headers['x-quick-skipped']]).toEqual(['{"ml":2}', undefined]);
    expect(await valueOf(sizes, 'first')).toBe('{"ml":3}');
    expect(await valueOf(sizes, 'replaced')).toBe('{"mm":5}');
    expect((await keyAt('removed')).status).toBe(404);
    const { partitions } = await statusOf(sizes);
    expect(partitions.map(({ poisonRecords }) => poisonRecords)).toEqual([0, 0, 0]);
  });

  test('F23: a registry that gives an id to another schema raises an alarm, before and after a restart; its values are poison, and their keys keep their values', async () => {
    const key = Buffer.from('a').toString('base64');
    /** Writes until it is noticed: a little while what an id was counts. */
    const noticed = () =>
      eventually(async () => {
        await write(prices, 'probe', bytesOf(priceId, WEIGHT, { grams: 1n }));
        expect((await statusOf(prices)).changedSchemas).toEqual([priceId]);
        expect(await readMetric(mirror(), 'mirror_changed_schemas', { topic: prices })).toBe(1);
      }, DEADLINE_MS);
    const isPassedOver = async (grams: bigint): Promise<void> => {
      await write(prices, 'a', bytesOf(priceId, WEIGHT, { grams }));
      await eventually(async () => {
        expect(await poisonOf(prices)).toContainEqual(
          expect.objectContaining({
            key,
            detail: expect.stringContaining(
              `Schema id ${priceId} now refers to a different schema`,
            ) as string,
          }),
        );
      }, DEADLINE_MS);
      expect(await valueOf(prices, 'a')).toBe('{"cents":100}');
    };

    await write(prices, 'a', bytesOf(priceId, PRICE, { cents: 100n }));
    await eventually(
      async () => expect(await valueOf(prices, 'a')).toBe('{"cents":100}'),
      DEADLINE_MS,
    );
    await avro.registry.replace();
    expect(await avro.registry.register('weight', WEIGHT)).toBe(priceId);
    await noticed();
    await isPassedOver(7n);

    await mirror().kill('SIGKILL');
    await mirror().start();
    expect(await valueOf(prices, 'a')).toBe('{"cents":100}');
    await isPassedOver(8n);
    await noticed();
    expect(mirror().tail()).toContain('a schema id has another schema than before');

    await avro.registry.replace();
    expect(await avro.registry.register('price', PRICE)).toBe(priceId);
    await eventually(async () => {
      await write(prices, 'a', bytesOf(priceId, PRICE, { cents: 5n }));
      expect(await valueOf(prices, 'a')).toBe('{"cents":5}');
    }, DEADLINE_MS);
    expect((await statusOf(prices)).changedSchemas).toBeUndefined();
    // Another schema may have written the records in between, so a person has to decide.
    expect((await poisonOf(prices)).length).toBeGreaterThan(0);
    const retry = await call(`${mirror().url}/topics/${prices}/poison:retry`, { method: 'POST' });
    expect(retry.json()).toMatchObject({
      partitions: expect.arrayContaining([
        expect.objectContaining({ left: 0, isFinished: true }),
      ]) as unknown,
    });
    expect(await poisonOf(prices)).toEqual([]);
    expect(await valueOf(prices, 'a')).toBe('{"cents":5}');
  });
});
