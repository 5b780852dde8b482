import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BATCHES = 50;
const ITEMS = 100;
/** What Kafka takes as one batch of this topic; ingest itself would take more. */
const BROKER_BYTES_MAX = 20_000;

interface Item {
  readonly key: unknown;
  readonly value: unknown;
  /** What the answer must say of it: `ok` or an error's code. */
  readonly expected: string;
}

interface Result {
  readonly outcome: string;
  readonly errorCode?: string;
  readonly partition?: number;
  readonly offset?: number;
}

describe('a batch of writes', () => {
  const topic = uniqueTopic('batch');
  let network: TestNetwork;
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [
        {
          name: topic,
          keyType: 'INTEGER',
          valueType: 'STRING',
          configs: { 'max.message.bytes': String(BROKER_BYTES_MAX) },
        },
      ],
      mirrors: [],
      env: { ingest: { QUICK_INGEST_VALUE_BYTES_MAX: '30000' } },
    });
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const itemOf = (batch: number, at: number): Item => {
    const key = batch * ITEMS + at;
    const value = `b${batch}-${at}`;
    switch ((batch * 7 + at * 13) % 10) {
      case 0:
        return { key: `text ${key}`, value, expected: 'TYPE_MISMATCH' };
      case 1:
        return { key, value: 7, expected: 'TYPE_MISMATCH' };
      case 2:
        return { key: 3_000_000_000, value, expected: 'OUT_OF_RANGE' };
      case 3:
        return { key, value: null, expected: 'NULL_VALUE' };
      case 4:
        return { key: null, value, expected: 'KEY_REQUIRED' };
      case 5:
        return { key, value: 'x'.repeat(30_001), expected: 'VALUE_TOO_LARGE' };
      default:
        return { key, value, expected: 'ok' };
    }
  };

  test('I-W6: every answer names the outcome of each of its 100 items, and the topic agrees', async () => {
    const acknowledged = new Map<string, string>();
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const items = Array.from({ length: ITEMS }, (_, at) => itemOf(batch, at));
      // One item passes every check of ingest and is then refused by Kafka alone.
      const refused = batch % ITEMS;
      items[refused] = { key: -1, value: 'y'.repeat(25_000), expected: 'VALUE_TOO_LARGE' };
      const answer = await network.post(
        topic,
        items.map(({ key, value }) => ({ key, value })),
      );
      expect(answer.status, answer.text).toBe(207);
      const { results } = answer.json() as { readonly results: readonly Result[] };
      expect(results.map((each) => each.errorCode ?? each.outcome)).toEqual(
        items.map((item) => item.expected),
      );
      for (const [at, { outcome, partition, offset }] of results.entries()) {
        expect(outcome).toBe(items[at]?.expected === 'ok' ? 'ok' : 'not_written');
        if (outcome === 'ok') {
          acknowledged.set(`${partition}:${offset}`, String(items[at]?.value));
        }
      }
    }
    const records = await readTopic(network.broker, topic);
    expect(
      new Map(records.map((each) => [`${each.partition}:${each.offset}`, each.value])),
    ).toEqual(acknowledged);
  });

  test('I-W6: the status is 201 only if all items are written', async () => {
    const answer = await network.post(topic, [
      { key: -2, value: 'a' },
      { key: -3, value: 'b' },
    ]);
    expect(answer.status).toBe(201);
  });

  test('I-W6: a batch of which nothing is written is an error that still names each item', async () => {
    const answer = await network.post(topic, [
      { key: 'a', value: 'a' },
      { key: 1, value: null },
    ]);
    expect(answer.status).toBe(400);
    const { outcome, results } = answer.json() as { outcome: string; results: readonly Result[] };
    expect(outcome).toBe('not_written');
    expect(results.map((each) => each.errorCode)).toEqual(['TYPE_MISMATCH', 'NULL_VALUE']);
  });
});
