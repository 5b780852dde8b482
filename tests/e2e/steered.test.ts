import type { MirrorEntry } from '@quicksilver/contracts/control/service-entry';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { readMetric } from '@quicksilver/testkit/read-metric';
import type { ServiceProcess } from '@quicksilver/testkit/service-process';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { createClient, type Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

const DEADLINE_MS = 90_000;
const SCHEMAS = 20;

describe('services that are steered through Kafka', () => {
  const first = uniqueTopic('first');
  const second = uniqueTopic('second');
  const once = uniqueTopic('once');
  let network: TestNetwork;
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: first }, { name: second }, { name: once, writeType: 'IMMUTABLE' }],
      mirrors: [
        { topics: [first, once], replicas: 1 },
        { topics: [second], replicas: 1 },
      ],
      steered: { gateways: 2 },
      env: { gateway: { QUICK_WEBSOCKET_MESSAGES_PER_SECOND_MAX: '100000' } },
    });
    for (const topic of [first, second]) {
      const written = await network.post(topic, { key: 'a', value: { id: 'a', of: topic } });
      if (written.status !== 201) {
        throw new Error(written.text);
      }
    }
  });
  afterAll(() => network[Symbol.asyncDispose]());

  /** Its version is the name of a field, of a type, and the description of the whole. */
  const schemaOf = (version: number, topic = first): string => `
    "v${version}" schema { query: Query subscription: Subscription }
    type Query { item(id: ID!): V${version} @topic(name: "${topic}", keyArgument: "id") }
    type Subscription { items: V${version} @topic(name: "${topic}") }
    type V${version} { id: ID! of: String version: Int }`;
  const WHICH = '{ __schema { description } item(id: "a") { __typename id } }';

  const gateways = (): readonly ServiceProcess[] => [network.gateway, network.service('gateway-1')];
  const ask = (gateway: ServiceProcess, query: string): Promise<Answer> =>
    call(`${gateway.url}/graphql`, { json: { query } });
  const connect = (gateway: ServiceProcess): Client =>
    createClient({
      url: `ws://${gateway.address}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
  const untilServing = async (version: number | null): Promise<void> => {
    for (const gateway of gateways()) {
      await eventually(async () => {
        const status = await call(`${gateway.opsUrl}/control/status`);
        expect(status.json()).toMatchObject({ name: 'gateway', schemaVersion: version });
      }, DEADLINE_MS);
    }
  };
  const untilAnswered = async (topic: string): Promise<void> => {
    for (const gateway of gateways()) {
      await eventually(async () => {
        const answer = await ask(gateway, '{ item(id: "a") { of } }');
        expect(answer.json()).toEqual({ data: { item: { of: topic } } });
      }, DEADLINE_MS);
    }
  };

  test('I-W5: ingest finds the mirror that decides about an immutable topic', async () => {
    const wins = await network.post(once, { key: 'a', value: 1 });
    expect(wins.status, wins.text).toBe(201);
    const loses = await network.post(once, { key: 'a', value: 2 });
    expect([loses.status, loses.json()]).toMatchObject([409, { errorCode: 'KEY_EXISTS' }]);
    const { text, headers } = await call(`${network.mirror(once).url}/topics/${once}/keys/a`);
    const { offset } = wins.json() as { offset: number };
    expect([text, headers['x-kafka-offset']]).toEqual(['1', String(offset)]);
  });

  test('a gateway without a schema is ready and says so; one that is applied reaches every replica', async () => {
    for (const gateway of gateways()) {
      const answer = await ask(gateway, '{ a }');
      expect([answer.status, answer.text]).toEqual([
        503,
        expect.stringContaining('SCHEMA_MISSING'),
      ]);
    }
    await network.applySchema(2, schemaOf(2));
    await untilServing(2);
    await untilAnswered(first);
  });

  test('I-G4: while schemas are swapped every answer is wholly of one, over HTTP and WebSocket', async () => {
    await network.applySchema(3, schemaOf(3));
    await untilServing(3);
    const over = new AbortController();
    const seen = new Set<string>();
    const check = ({
      data,
      errors,
    }: {
      readonly data?: unknown;
      readonly errors?: unknown;
    }): void => {
      expect(errors).toBeUndefined();
      const { description } = (data as { __schema: { description: string } }).__schema;
      const item = { __typename: description.replace('v', 'V'), id: 'a' };
      expect(data).toEqual({ __schema: { description }, item });
      seen.add(description);
    };
    const overHttp = gateways().map(async (gateway) => {
      while (!over.signal.aborted) {
        const answer = await ask(gateway, WHICH);
        expect(answer.status, answer.text).toBe(200);
        check(answer.json() as object);
      }
    });
    const overSocket = gateways().map(async (gateway) => {
      const client = connect(gateway);
      while (!over.signal.aborted) {
        for await (const result of client.iterate({ query: WHICH })) {
          check(result);
        }
      }
      await client.dispose();
    });
    for (let version = 4; version < 4 + SCHEMAS; version += 1) {
      await network.applySchema(version, schemaOf(version));
      await untilServing(version);
      // Each is met by requests, however fast they follow each other.
      await eventually(() => expect(seen).toContain(`v${version}`), DEADLINE_MS);
    }
    over.abort();
    await Promise.all([...overHttp, ...overSocket]);
  });

  test('a subscription runs on while its schema is replaced, and ends when the gateway is deleted', async () => {
    await network.applySchema(30, schemaOf(30));
    await untilServing(30);
    const client = connect(network.gateway);
    const heard: unknown[] = [];
    const stream = client.iterate({ query: 'subscription { items { __typename version } }' });
    const failure = (async (): Promise<unknown> => {
      try {
        for await (const result of stream) {
          heard.push(result);
        }
        return 'the end, and no reason';
      } catch (errors) {
        return errors;
      }
    })();
    await eventually(async () => {
      const subscribers = await readMetric(network.gateway, 'gateway_feed_subscribers', {
        topic: first,
      });
      expect(subscribers).toBe(1);
    }, DEADLINE_MS);
    const event = (version: number): unknown => ({
      data: { items: { __typename: 'V30', version } },
    });
    for (const version of [31, 32, 33]) {
      await network.applySchema(version, schemaOf(version));
      await untilServing(version);
      await network.post(first, { key: 'b', value: { id: 'b', version } });
    }
    const expected = [31, 32, 33].map(event);
    await eventually(() => expect(heard).toEqual(expected), DEADLINE_MS);

    await network.services.remove({ kind: 'gateway', name: 'gateway' });
    expect(await failure).toMatchObject([{ extensions: { code: 'SCHEMA_MISSING' } }]);
    expect(heard).toEqual(expected);
    await untilServing(null);
    await client.dispose();
  });

  test('a topic that moves to another mirror is found there', async () => {
    await network.applySchema(40, schemaOf(40, second));
    await untilServing(40);
    await untilAnswered(second);
    const place = (name: string, at: string, ...topics: string[]): MirrorEntry => ({
      ...{ kind: 'mirror', name, version: 2, copies: 1 },
      addresses: [network.mirror(at).address],
      topics: topics.map((topic) => ({ topic })),
    });
    await network.services.write(place('mirror0', first, first, second));
    await network.services.write(place('mirror1', second));
    await eventually(async () => {
      const status = await call(`${network.mirror(second).url}/status`);
      expect(status.json()).toMatchObject({ topics: [] });
    }, DEADLINE_MS);
    await untilAnswered(second);
  });
});
