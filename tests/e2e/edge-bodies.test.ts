import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import type { ServiceProcess } from '@quicksilver/testkit/service-process';
import { ServicesTopic } from '@quicksilver/testkit/services-topic';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, expect, test } from 'vitest';

const LINES = 600;
const LARGE_CHARS = 600_000;
/** Of what went wrong in every second try. */
const REPEATS = 20;
const SEEN_MS = 90_000;

const topic = uniqueTopic('items');
const closing = new AsyncDisposableStack();
let network: TestNetwork;
let edge: ServiceProcess;

beforeAll(async () => {
  network = closing.use(
    await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic }],
      schema: `
        type Query { item(id: ID!): Item @topic(name: "${topic}", keyArgument: "id") }
        type Mutation { setItem(id: ID!, item: ItemInput!): Item @topic(name: "${topic}") }
        type Item { name: String }
        input ItemInput { name: String }
      `,
    }),
  );
  const services = closing.use(new ServicesTopic(testBroker()));
  const addresses = [network.gateway.address];
  await services.write({ kind: 'gateway', name: 'items', version: 1, schema: null, addresses });
  await services.write({
    kind: 'mirror',
    name: 'items',
    version: 1,
    topics: [{ topic }],
    addresses: [network.mirror(topic).address],
    copies: 1,
  });
  edge = await network.startEdge({ QUICK_SERVICES_TOPIC_NAME: services.name });
});
afterAll(() => closing.disposeAsync());

const graphqlUrl = (): string => `${edge.url}/gateway/items/graphql`;

test('every line of a chunked body has its outcome, and every record is there', async () => {
  const line = (run: number, at: number): string =>
    `${JSON.stringify({ key: `${run}-${at}`, value: { name: 'n'.repeat(1_000), at } })}\n`;
  for (let run = 0; run < REPEATS; run += 1) {
    const lines = Array.from({ length: LINES }, (_, at) => line(run, at));
    const request = httpRequest(`${edge.url}/ingest/${topic}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject);
    });
    Readable.from(lines).pipe(request);
    const answer = await answered;
    const outcomes = (await text(answer)).trimEnd().split('\n');
    expect(answer.statusCode).toBe(207);
    expect(outcomes).toHaveLength(LINES);
    expect(outcomes.filter((outcome) => !outcome.includes('"outcome":"ok"'))).toEqual([]);
    await eventually(async () => {
      const last = await call(`${edge.url}/topics/${topic}/keys/${run}-${LINES - 1}`);
      expect(last.json()).toMatchObject({ at: LINES - 1 });
    }, SEEN_MS);
  }
});

test('a record of 600 kB arrives whole', async () => {
  for (let run = 0; run < REPEATS; run += 1) {
    const value = { name: `${run}${'n'.repeat(LARGE_CHARS)}` };
    const written = await call(`${edge.url}/ingest/${topic}`, { json: { key: 'large', value } });
    expect(written.status, written.text).toBe(201);
    const query = '{ item(id: "large") { name } }';
    const headers = { 'x-quick-min-position': written.headers['x-quick-position'] ?? '' };
    const read = await call(graphqlUrl(), { json: { query }, headers });
    expect(read.json()).toEqual({ data: { item: value } });
  }
});

test('a GraphQL document of 600 kB arrives whole', async () => {
  const query = `{ item(id: "none") { name } } # ${'c'.repeat(LARGE_CHARS)}`;
  for (let run = 0; run < REPEATS; run += 1) {
    const answer = await call(graphqlUrl(), { json: { query } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toEqual({ data: { item: null } });
  }
});

test.each([
  ['multipart/mixed', 'multipart/mixed; boundary="-"'],
  ['multipart/mixed; deferSpec=20220824, application/json', 'application/json; charset=utf-8'],
])('a mutation whose client accepts %s is answered with %s', async (accept, type) => {
  const query = 'mutation { setItem(id: "m", item: { name: "new" }) { name } }';
  const answer = await call(graphqlUrl(), { json: { query }, headers: { accept } });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.text).toContain('{"data":{"setItem":{"name":"new"}}');
  expect(answer.headers['content-type']).toBe(type);
});
