import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { call } from '@quicksilver/testkit/http-call';
import { eventually } from '@quicksilver/testkit/eventually';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { createClient, type Client } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { textOf } from '../examples/documented-queries.ts';

const PAGE = 'docs/directives.md';
const BLOCK = /^```(graphql|json)( schema| records)?\n(.*?)^```$/gms;
const HEARD_MS = 90_000;

interface Pair {
  readonly key: unknown;
  readonly value: unknown;
}

interface Happening {
  /** Topics that the subscription follows. */
  readonly followed: readonly string[];
  readonly happen: () => Promise<void>;
}

const blocks = [...textOf(PAGE).matchAll(BLOCK)].map(([, language, role, text = '']) => ({
  language,
  role: role?.trim(),
  text,
}));
const block = (role: string): string => blocks.find((each) => each.role === role)?.text ?? '';
/** Each operation of the page with the answer that follows it. */
const examples = blocks.flatMap(({ language, role, text }, at) => {
  const next = blocks[at + 1];
  return language === 'graphql' && role === undefined && next?.language === 'json'
    ? [{ text: text.trim(), answer: parseSpelledJson(next.text) }]
    : [];
});
const isSubscription = (text: string): boolean => text.startsWith('subscription');

describe('each example on the page about @topic is true', () => {
  const records = parseSpelledJson(block('records')) as Record<string, readonly Pair[]>;
  const topics = new Map(Object.keys(records).map((name) => [name, uniqueTopic(name)]));
  const topicOf = (name: string): string => topics.get(name) ?? name;
  const keyTypes = { products: 'LONG', prices: 'LONG', codes: 'INTEGER' } as const;
  let network: TestNetwork;
  let client: Client;

  const write = async (topic: string, pairs: Pair | readonly Pair[]): Promise<void> => {
    const answer = await network.postBytes(topicOf(topic), JSON.stringify(pairs), {
      'content-type': 'application/json',
    });
    expect(answer.status, answer.text).toBe(201);
  };
  const ask = async (query: string, headers: Record<string, string> = {}) => {
    const answer = await call(`${network.gateway.url}/graphql`, { json: { query }, headers });
    return { ...answer, body: parseSpelledJson(answer.text) as Record<string, unknown> };
  };

  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [...topics].map(([name, unique]) => ({
        name: unique,
        keyType: keyTypes[name as keyof typeof keyTypes] ?? 'STRING',
        ...(name === 'codes' ? { valueType: 'STRING' as const } : {}),
        ...(name === 'prices'
          ? { configs: { 'cleanup.policy': 'delete' }, mirror: { rangeField: 'at' } }
          : {}),
      })),
      schema: [...topics].reduce(
        (sdl, [name, unique]) => sdl.replaceAll(`name: "${name}"`, `name: "${unique}"`),
        block('schema'),
      ),
    });
    client = createClient({ url: `${network.gateway.url}/graphql`, retryAttempts: 0 });
    for (const [topic, pairs] of Object.entries(records)) {
      if (pairs.length > 0) {
        await write(topic, pairs);
      }
    }
  });
  afterAll(async () => {
    client.dispose();
    await network[Symbol.asyncDispose]();
  });

  test('the records of the page are there', async () => {
    await eventually(async () => {
      const { body } = await ask(
        '{ customer(id: "bob") { id } profile(id: "ada") { lastPurchase { amount } } prices(productId: 1, from: 10) { at } }',
      );
      expect(body).toMatchObject({ data: { customer: { id: 'bob' }, prices: [{ at: 10 }] } });
    }, HEARD_MS);
  });

  test.each(examples.filter(({ text }) => !isSubscription(text)))('$text', async (example) => {
    const isAnswered = async (): Promise<void> => {
      const { extensions: _told, ...rest } = (await ask(example.text)).body;
      expect(rest).toEqual(example.answer);
    };
    // What a mutation does is done once; what a query asks for may have to come to the mirror yet.
    await (example.text.startsWith('mutation') ? isAnswered() : eventually(isAnswered, HEARD_MS));
  });

  const heard: unknown[] = [];
  /** Changes of the records during a subscription; the page describes them in words. */
  const happenings: readonly Happening[] = [
    {
      followed: ['purchases'],
      happen: async () => {
        await write('purchases', { key: 'bob', value: { amount: 1 } });
        await write('purchases', { key: 'ada', value: { amount: 5, productId: 2 } });
      },
    },
    {
      followed: ['products'],
      happen: async () => {
        await network.remove(topicOf('products'), '2');
      },
    },
    {
      followed: ['clicks', 'purchases'],
      happen: async () => {
        await write('clicks', { key: 'bob', value: { count: 1 } });
        await write('clicks', { key: 'ada', value: { count: 8 } });
        // Two topics have no order between them except that of their events.
        await eventually(() => expect(heard).toHaveLength(1), HEARD_MS);
        await write('purchases', { key: 'ada', value: { amount: 6, productId: 1 } });
      },
    },
  ];
  const subscriptions = examples
    .filter(({ text }) => isSubscription(text))
    .map((example, at) => ({ ...example, happening: happenings[at] }));
  test.each(subscriptions)('$text', async ({ text, answer, happening }) => {
    const stream = client.iterate({ query: text });
    heard.length = 0;
    const count = (answer as readonly unknown[]).length;
    const following = (async () => {
      for await (const result of stream) {
        heard.push(result);
        if (heard.length === count) {
          break;
        }
      }
    })();
    await untilListening(happening?.followed ?? []);
    await happening?.happen();
    await following;
    expect(heard).toEqual(answer);
  });

  const untilListening = async (followed: readonly string[]): Promise<void> => {
    await eventually(async () => {
      for (const name of followed) {
        const labels = { topic: topicOf(name) };
        expect(await readMetric(network.gateway, 'gateway_feed_subscribers', labels)).toBe(1);
      }
    }, HEARD_MS);
  };
});
