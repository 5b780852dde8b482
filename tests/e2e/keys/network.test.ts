import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SocketClient } from '../bad-input/socket-client.ts';
import { EventStream } from './event-stream.ts';

const newKey = (who: string): string => `CANARY_${who}_${randomBytes(32).toString('hex')}`;
const OLD = newKey('old');
const STAYING = newKey('staying');
const NEW = newKey('new');
const PEER = newKey('peer');
const WRONG = newKey('wrong');
const CANARY = /CANARY/;
const REVOKED_MS = 60_000;
/** Apollo’s, which Quick speaks. */
const OLD_PROTOCOL = { protocols: ['graphql-ws'], path: '/graphql-ws' };
const SUBSCRIPTION = 'subscription { items { id } }';

const keyed = (key: string): Readonly<Record<string, string>> => ({ 'X-API-Key': key });

describe('a network in which everything needs a key', () => {
  const topic = uniqueTopic('keys');
  const bodies: string[] = [];
  let directory = '';
  let keyFile = '';
  let network: TestNetwork;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quicksilver-keys-'));
    keyFile = join(directory, 'keys');
    await writeFile(keyFile, `${OLD}\n${STAYING}\n`);
    const peer = { QUICK_PEER_KEY: PEER, QUICK_LOG_LEVEL: 'debug' };
    const users = { ...peer, QUICK_API_KEYS_FILE: keyFile };
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic, partitions: 4 }],
      mirrors: [{ topics: [topic], replicas: 2 }],
      schema: `
        type Query { items(ids: [ID!]!): [Item] @topic(name: "${topic}", keyArgument: "ids") }
        type Subscription { items: Item @topic(name: "${topic}") }
        type Item { id: ID! }`,
      env: {
        ingest: { ...users, QUICK_HOST: '0.0.0.0' },
        gateway: users,
        // Not the keys of users: were one of those sent here, it would be refused.
        mirror: peer,
      },
    });
  });
  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  /** Remembers the body, which must show no key either. */
  async function ask(url: string, key?: string, json?: unknown): Promise<Answer> {
    const headers = key === undefined ? {} : keyed(key);
    const answer = await call(url, { headers, ...(json === undefined ? {} : { json }) });
    bodies.push(answer.text, JSON.stringify(answer.headers));
    return answer;
  }
  const write = (id: string, key?: string): Promise<Answer> =>
    ask(`${network.ingest.url}/${topic}`, key, { key: id, value: { id } });
  const graphql = (ids: readonly string[], key?: string): Promise<Answer> =>
    ask(`${network.gateway.url}/graphql`, key, {
      query: 'query ($ids: [ID!]!) { items(ids: $ids) { id } }',
      variables: { ids },
    });
  /** What the payload and the header of a WebSocket bring. */
  async function init(payload: unknown, headers: Readonly<Record<string, string>> = {}) {
    const client = await SocketClient.open(network.gateway.address, { headers });
    client.say({ type: 'connection_init', payload });
    return client;
  }
  async function acknowledged(payload: unknown, headers?: Readonly<Record<string, string>>) {
    const client = await init(payload, headers);
    await client.heard(({ type }) => type === 'connection_ack');
    return client;
  }

  test('with either of two keys everything works, through all services and both replicas', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `id-${at}`);
    for (const [at, id] of ids.entries()) {
      expect((await write(id, at % 2 === 0 ? OLD : STAYING)).status).toBe(201);
    }
    for (const key of [OLD, STAYING, PEER]) {
      await eventually(async () => {
        const answer = await graphql(ids, key);
        expect(answer.status).toBe(200);
        expect(answer.json()).toEqual({ data: { items: ids.map((id) => ({ id })) } });
      }, 90_000);
    }
    for (const mirror of network.mirrors(topic)) {
      // Some of the keys are passed on by one replica to the other.
      const url = `${mirror.url}/topics/${topic}/keys:batchGet`;
      expect((await ask(url, PEER, ids)).json()).toEqual(ids.map((id) => ({ id })));
      expect((await ask(`${mirror.url}/status`, PEER)).status).toBe(200);
    }
    for (const service of [network.ingest, network.gateway, ...network.mirrors(topic)]) {
      expect((await ask(`${service.opsUrl}/metrics`, PEER)).status).toBe(200);
    }
    const page = await call(`${network.gateway.url}/graphql`, {
      headers: { accept: 'text/html', ...keyed(OLD) },
    });
    expect(page.headers['content-type']).toContain('text/html');
  });

  test('without a key nothing works, and a mirror that has no keys of users refuses those, too', async () => {
    for (const key of [undefined, WRONG]) {
      expect((await write('refused', key)).status).toBe(401);
      expect((await graphql(['id-0'], key)).status).toBe(401);
    }
    for (const mirror of network.mirrors(topic)) {
      const url = `${mirror.url}/topics/${topic}/keys/id-0`;
      for (const key of [undefined, WRONG, OLD, STAYING]) {
        expect((await ask(url, key)).status).toBe(401);
        // Nor is it answered for its having been read a moment ago.
        expect((await ask(url, PEER)).status).toBe(200);
        expect((await ask(url, key)).status).toBe(401);
      }
    }
    // The page itself has no data. It asks for the key, and runs nothing by itself.
    const query = encodeURIComponent('{ items(ids: ["id-0"]) { id } }');
    const url = `${network.gateway.url}/graphql?query=${query}`;
    const page = await call(url, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).not.toContain('id-0');
    expect((await call(url, { headers: { accept: 'application/json' } })).status).toBe(401);
    await using stream = await EventStream.open(`${network.gateway.url}/graphql`, SUBSCRIPTION, {});
    expect(stream.status).toBe(401);
  });

  test.each([
    ['the header', undefined, keyed(OLD)],
    ['X-API-Key of the payload', { 'X-API-Key': OLD }, {}],
    ['x-api-key of the payload', { 'x-api-key': STAYING }, {}],
    ['apiKey of the payload', { apiKey: OLD }, {}],
    ['the header and the payload', { apiKey: STAYING }, keyed(OLD)],
  ])('a WebSocket takes the key from %s', async (_where, payload, headers) => {
    await using client = await acknowledged(payload, headers);
    client.subscribe('1', '{ items(ids: ["id-0"]) { id } }');
    const { payload: result } = await client.heard(({ type }) => type === 'next');
    expect(result).toEqual({ data: { items: [{ id: 'id-0' }] } });
  });

  test.each<[string, unknown, Readonly<Record<string, string>>]>([
    ['no key', undefined, {}],
    ['a wrong key in the payload', { 'X-API-Key': WRONG }, {}],
    ['a wrong key in the header', undefined, keyed(WRONG)],
    ['a wrong key in the payload beside a right header', { apiKey: WRONG }, keyed(OLD)],
    ['a wrong header beside a right key in the payload', { apiKey: OLD }, keyed(WRONG)],
    ['two keys in the payload, one of them wrong', { apiKey: OLD, 'X-API-KEY': WRONG }, {}],
    ['a list of keys', { apiKey: [OLD] }, {}],
    ['nothing that is a text', { apiKey: true }, {}],
    ['a key elsewhere in the payload', { headers: { 'X-API-Key': OLD } }, {}],
  ])('row 117: a WebSocket with %s is closed with 4403', async (_what, payload, headers) => {
    await using client = await init(payload, headers);
    expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' });
    expect(client.messages).toEqual([]);
  });

  test('B1: an operation before connection_init closes a WebSocket with 4401, with a key and without', async () => {
    for (const headers of [{}, keyed(OLD)]) {
      await using client = await SocketClient.open(network.gateway.address, { headers });
      client.subscribe('1', '{ items(ids: ["id-0"]) { id } }');
      expect((await client.closed).code).toBe(4401);
      expect(client.messages).toEqual([]);
    }
  });

  test('an operation right behind a connection_init without a key is not run', async () => {
    await using client = await init({ apiKey: WRONG });
    client.subscribe('1', '{ items(ids: ["id-0"]) { id } }');
    // Whichever of the two is refused first.
    expect([4401, 4403]).toContain((await client.closed).code);
    expect(client.messages).toEqual([]);
  });

  test('a key in the address of a WebSocket is no key', async () => {
    const path = `/graphql?X-API-Key=${OLD}&apiKey=${OLD}`;
    await using client = await SocketClient.open(network.gateway.address, { path });
    client.say({ type: 'connection_init' });
    expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' });
  });

  test('B1: the old graphql-ws runs nothing before a connection_init with a key, and says so as Quick does', async () => {
    const payload = {
      errors: [{ message: 'Unauthorized', path: ['connectionParams', 'X-API-Key'] }],
    };
    await using client = await SocketClient.open(network.gateway.address, OLD_PROTOCOL);
    const query = '{ items(ids: ["id-0"]) { id } }';
    client.say({ id: '1', type: 'start', payload: { query } });
    for (const key of [undefined, WRONG]) {
      client.say({ type: 'connection_init', payload: { 'X-API-Key': key } });
    }
    client.say({ type: 'connection_init', payload: { 'X-API-Key': OLD } });
    client.say({ id: '2', type: 'start', payload: { query } });
    await client.heard(({ type }) => type === 'complete');
    expect(client.messages).toEqual([
      { id: '1', type: 'error', payload },
      { type: 'error', payload },
      { type: 'error', payload },
      { type: 'connection_ack' },
      { type: 'ka' },
      { id: '2', type: 'data', payload: { data: { items: [{ id: 'id-0' }] } } },
      { id: '2', type: 'complete' },
    ]);
  });

  test('row 116: a client of the old graphql-ws that is not let in within three seconds is closed with 4408', async () => {
    await using client = await SocketClient.open(network.gateway.address, OLD_PROTOCOL);
    client.say({ type: 'connection_init', payload: { 'X-API-Key': WRONG } });
    expect((await client.closed).code).toBe(4408);
    expect(client.messages).toHaveLength(1);
  });

  test('F52: a key that is taken from the file is refused within 5 s, and what it opened ends within 60 s', async () => {
    const url = `${network.gateway.url}/graphql`;
    await using oldSocket = await acknowledged({ apiKey: OLD });
    await using oldByHeader = await acknowledged(undefined, keyed(OLD));
    await using oldProtocol = await SocketClient.open(network.gateway.address, OLD_PROTOCOL);
    oldProtocol.say({ type: 'connection_init', payload: { 'X-API-Key': OLD } });
    oldProtocol.say({ id: '1', type: 'start', payload: { query: SUBSCRIPTION } });
    await using stayingSocket = await acknowledged({ apiKey: STAYING });
    await using oldStream = await EventStream.open(url, SUBSCRIPTION, keyed(OLD));
    await using stayingStream = await EventStream.open(url, SUBSCRIPTION, keyed(STAYING));
    for (const client of [oldSocket, oldByHeader, stayingSocket]) {
      client.subscribe('1', SUBSCRIPTION);
    }
    const heardBy = async (id: string, listeners: readonly (() => string)[]): Promise<void> =>
      eventually(async () => {
        await write(id, STAYING);
        for (const listener of listeners) {
          expect(listener()).toContain(`"${id}"`);
        }
      }, 90_000);
    const said = (client: SocketClient) => () => JSON.stringify(client.messages);
    await heardBy('before', [
      said(oldSocket),
      said(oldByHeader),
      said(oldProtocol),
      said(stayingSocket),
      () => oldStream.text,
      () => stayingStream.text,
    ]);

    await writeFile(`${keyFile}.new`, `${STAYING}\n${NEW}\n`);
    await rename(`${keyFile}.new`, keyFile);
    const late = AbortSignal.timeout(REVOKED_MS);
    await eventually(async () => {
      expect((await graphql(['id-0'], OLD)).status).toBe(401);
      expect((await write('late', OLD)).status).toBe(401);
      expect((await graphql(['id-0'], NEW)).status).toBe(200);
      expect((await write('early', NEW)).status).toBe(201);
    }, 5_000);
    for (const client of [oldSocket, oldByHeader, oldProtocol]) {
      expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' });
    }
    await oldStream.ended;
    expect(late.aborted).toBe(false);
    await heardBy('after', [said(stayingSocket), () => stayingStream.text]);
    expect(oldStream.text).not.toContain('complete');
  });

  test('a file of keys that cannot be used changes nothing, and the log says why', async () => {
    await writeFile(`${keyFile}.new`, 'CANARY_short\n');
    await rename(`${keyFile}.new`, keyFile);
    for (const service of [network.ingest, network.gateway]) {
      await eventually(
        () =>
          expect(service.tail()).toContain('failed to read the keys; the previous keys stay valid'),
        90_000,
      );
    }
    expect((await graphql(['id-0'], NEW)).status).toBe(200);
    expect((await write('still', STAYING)).status).toBe(201);
  });

  test('no key is in any output, metric or answer', async () => {
    const services = [network.ingest, network.gateway, ...network.mirrors(topic)];
    for (const service of services) {
      bodies.push((await ask(`${service.opsUrl}/metrics`, PEER)).text);
    }
    expect(bodies.filter((body) => CANARY.test(body))).toEqual([]);
    await Promise.all(services.map((service) => service.kill('SIGTERM')));
    const logs = await readdir(network.logDir);
    expect(logs.length).toBe(services.length);
    for (const log of logs) {
      const text = await readFile(join(network.logDir, log), 'utf8');
      expect(text).toContain('every request needs a key');
      expect(text).not.toMatch(CANARY);
    }
  });
});
