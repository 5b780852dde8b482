import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { call } from '@quicksilver/testkit/http-call';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { uniqueTopic } from '@quicksilver/testkit/broker';
import { createClient } from 'graphql-ws';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

const SWAPS = 50;
const REQUESTS_PER_SECOND = 200;
const WAITING_MAX = 100;
/** How long everything has to go on without a manager. */
const DOWN_MS = 20_000;
const EVERY_MS = 20;
const DEADLINE_MS = 90_000;

describe('a gateway of two replicas that a manager runs', () => {
  const topic = uniqueTopic('managed');
  const path = `/gateway/shop/schema`;
  let network: ManagedNetwork;
  let gateways: readonly string[] = [];

  /** Its version is the name of a type, and the description of the whole. */
  const schemaOf = (version: number): string => `
    "v${version}" schema { query: Query subscription: Subscription }
    type Query { item(id: ID!): V${version} @topic(name: "${topic}", keyArgument: "id") }
    type Subscription { items: V${version} @topic(name: "${topic}") }
    type V${version} { id: ID! seq: Int }`;
  const ask = (gateway: string, query: string) =>
    call(`http://${gateway}/graphql`, { json: { query } });

  beforeAll(async () => {
    network = await ManagedNetwork.start();
    await network.mustSend('POST', `/topic/${topic}?keyType=string&valueType=json`, {});
    await network.mustSend('POST', '/gateway', { name: 'shop', replicas: 2, schema: schemaOf(0) });
    gateways = await network.addresses('gateway', 'shop');
    // Ingest may not know the topic yet.
    await eventually(async () => {
      const written = await call(`${network.ingest.url}/${topic}`, {
        json: { key: 'a', value: { id: 'a', seq: 0 } },
      });
      if (written.status !== 201) {
        throw new Error(written.text);
      }
    }, DEADLINE_MS);
    for (const gateway of gateways) {
      await eventually(async () => {
        const answer = await ask(gateway, '{ item(id: "a") { id } }');
        if (answer.text !== '{"data":{"item":{"id":"a"}}}') {
          throw new Error(answer.text);
        }
      }, DEADLINE_MS);
    }
  });
  afterAll(() => network[Symbol.asyncDispose]());

  test('I-G4: 50 schemas applied through the manager under load: every answer is wholly of one, and an invalid one changes nothing', async () => {
    const over = new AbortController();
    const seen = new Set<string>();
    const wrong: string[] = [];
    let requestCount = 0;
    const once = async (gateway: string): Promise<void> => {
      const answer = await ask(
        gateway,
        '{ __schema { description } item(id: "a") { __typename id } }',
      );
      const { data } = answer.json() as { data?: { __schema: { description: string } } };
      const description = data?.__schema.description ?? '';
      const item = { __typename: description.replace('v', 'V'), id: 'a' };
      const whole = JSON.stringify({ data: { __schema: { description }, item } });
      if (answer.status !== 200 || JSON.stringify(answer.json()) !== whole) {
        wrong.push(`${answer.status} ${answer.text}`);
      }
      seen.add(description);
    };
    // By the clock and not by the answers: a gateway that stalls is not asked less.
    const load = (async () => {
      const waiting = new Set<Promise<void>>();
      const began = performance.now();
      while (!over.signal.aborted) {
        const due = ((performance.now() - began) * REQUESTS_PER_SECOND) / 1_000;
        while (requestCount < due && waiting.size < WAITING_MAX) {
          const gateway = gateways[requestCount % gateways.length] ?? '';
          requestCount += 1;
          const asking = once(gateway)
            .catch((error: unknown) => void wrong.push(String(error)))
            .finally(() => waiting.delete(asking));
          waiting.add(asking);
        }
        await pause(5);
      }
      await Promise.all(waiting);
    })();
    const valid: number[] = [];
    for (let swap = 1; swap <= SWAPS; swap += 1) {
      if (swap % 5 === 0) {
        const schema = schemaOf(swap).replace('seq: Int', 'seq: Nothing');
        const refused = await network.send('POST', path, { schema });
        expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('Nothing')]);
      } else {
        await network.mustSend('POST', path, { schema: schemaOf(swap) });
        valid.push(swap);
      }
      // Once the manager has answered, every replica serves what it has answered for.
      for (const gateway of gateways) {
        const answer = await ask(gateway, '{ __schema { description } }');
        expect(answer.json()).toEqual({ data: { __schema: { description: `v${valid.at(-1)}` } } });
      }
      // Each one is met by requests, however fast they follow each other.
      await eventually(() => expect(requestCount).toBeGreaterThan(swap * 2), DEADLINE_MS);
    }
    over.abort();
    await load;
    expect(wrong).toEqual([]);
    expect([...seen].filter((of) => !valid.includes(Number(of.slice(1))) && of !== 'v0')).toEqual(
      [],
    );
  });

  test('while the manager is gone writes, lookups, queries and subscriptions go on, and the next one restarts nothing', async () => {
    await network.mustSend('POST', path, { schema: schemaOf(100) });
    const [mirror] = await network.addresses('mirror', mirrorNameOf(topic));
    const client = createClient({
      url: `ws://${gateways[0]}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const heard: number[] = [];
    const stream = client.iterate<{ items: { seq: number } }>({
      query: 'subscription { items { seq } }',
    });
    const listening = (async () => {
      for await (const { data, errors } of stream) {
        expect(errors).toBeUndefined();
        heard.push(data?.items.seq ?? Number.NaN);
      }
    })();
    const write = async (seq: number): Promise<string> => {
      const answer = await call(`${network.ingest.url}/${topic}`, {
        json: { key: 'b', value: { id: 'b', seq } },
      });
      expect(answer.status, answer.text).toBe(201);
      const { topic: of, partition, offset } = answer.json() as Record<string, string>;
      return `${of ?? topic}:${partition}:${offset}`;
    };
    let first = 0;
    await eventually(async () => {
      first += 1;
      await write(first);
      expect(heard.length).toBeGreaterThan(0);
    }, DEADLINE_MS);

    await network.manager.kill('SIGKILL');
    const until = performance.now() + DOWN_MS;
    let seq = first;
    while (performance.now() < until) {
      seq += 1;
      await write(seq);
      const lookup = await eventually(async () => {
        const answer = await call(`http://${mirror}/topics/${topic}/keys/b`);
        expect(answer.json()).toEqual({ id: 'b', seq });
        return answer;
      }, DEADLINE_MS);
      expect(lookup.status).toBe(200);
      for (const gateway of gateways) {
        const answer = await ask(gateway, '{ item(id: "b") { seq } }');
        expect(answer.json()).toEqual({ data: { item: { seq } } });
      }
      await pause(EVERY_MS);
    }
    await eventually(() => expect(heard.at(-1)).toBe(seq), DEADLINE_MS);
    const from = heard[0] ?? 0;
    expect(heard).toEqual(Array.from({ length: seq - from + 1 }, (_none, at) => from + at));

    await network.manager.start();
    expect(await network.addresses('gateway', 'shop')).toEqual(gateways);
    await eventually(async () => {
      for (const { kind, status } of await network.resources()) {
        expect([kind, status?.state]).toEqual([kind, 'Running']);
      }
    }, DEADLINE_MS);
    for (const { status } of await network.resources()) {
      expect(status?.replicas.every(({ restarts }) => restarts === 0)).toBe(true);
    }
    await network.mustSend('POST', path, { schema: schemaOf(101) });
    await client.dispose();
    await listening;
  });
});
