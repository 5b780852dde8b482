import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { RawConnection, rawRequest, sendRaw } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import type { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { GRAPHQL_ROWS } from './graphql-rows.ts';
import { newGraphqlTopics, openGraphqlNetwork } from './graphql-shop.ts';

const ROWS = GRAPHQL_ROWS.map((row) => ({ ...row, gets: row.code ?? '' }));

interface Answered {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: { readonly code?: string };
  }[];
}

describe('bad input to the gateway over HTTP', () => {
  const topics = newGraphqlTopics();
  let network: TestNetwork;
  beforeAll(async () => {
    network = await openGraphqlNetwork(topics);
    await writeItems();
    await eventually(serveGood, 90_000);
  });
  afterAll(() => network[Symbol.asyncDispose]());

  async function writeItems(): Promise<void> {
    const items = [
      { key: 'a', value: { id: 'a', name: 'A', nextId: 'a' } },
      { key: '1', value: { id: 1, name: 'one' } },
      { key: '01', value: { id: '01', name: 'zero one' } },
      { key: 'no-id', value: { name: 'no id' } },
      { key: 'no-int', value: { id: 'no-int', stock: 'many' } },
      { key: 'no-object', value: [1, 2] },
    ];
    expect((await network.post(topics.items, items)).status).toBe(201);
    const long = '{"key":9007199254740993,"value":9223372036854775807}';
    expect(
      (await network.postBytes(topics.longs, long, { 'content-type': 'application/json' })).status,
    ).toBe(201);
    await eventually(async () => {
      const { data, errors } = await network.graphql(
        `{
          a: item(id: "a") { name } one: item(id: "1") { name } zeroOne: item(id: "01") { name }
          noId: item(id: "no-id") { name } noInt: item(id: "no-int") { id }
          noObject: item(id: "no-object") { name } long(id: 9007199254740993)
        }`,
      );
      expect(data).toEqual({
        a: { name: 'A' },
        one: { name: 'one' },
        zeroOne: { name: 'zero one' },
        noId: { name: 'no id' },
        noInt: { id: 'no-int' },
        noObject: null,
        long: expect.anything(),
      });
      // It is there, or nothing would be wrong with it.
      expect(errors).toMatchObject([{ path: ['noObject'] }]);
    }, 90_000);
  }
  async function serveGood(): Promise<void> {
    expect(await network.graphql('{ item(id: "a") { name } }')).toEqual({
      data: { item: { name: 'A' } },
    });
  }

  test.each(ROWS)('row $row: $input gets $status $gets', async (row) => {
    await using connection = await RawConnection.open(network.gateway.address);
    void connection.send(row.bytes);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: row.status });
    if (row.code !== undefined && answer !== undefined) {
      const { errors } = answer.json() as Answered;
      expect(errors?.[0]?.extensions?.code).toBe(row.code);
      expect(answer.text).not.toMatch(/node_modules|\.ts:\d|node:internal|"stack"/);
    }
    await serveGood();
  });

  test('every row a hundred times over leaves no connection open and nothing to complain of', async () => {
    const { gateway } = network;
    const small = ROWS.filter(({ bytes }) => bytes.length < 10_000);
    const openFiles = (): Promise<number> => readMetric(gateway, 'process_open_fds');
    const before = await openFiles();
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(
        small.map(async (row) => {
          expect((await sendRaw(gateway.address, row.bytes)).status).toBe(row.status);
        }),
      );
    }
    await serveGood();
    await eventually(async () => {
      expect(await openFiles()).toBeLessThan(before + 20);
      expect(await readMetric(gateway, 'gateway_feed_subscribers')).toBe(0);
    }, 20_000);
    expect(gateway.tail()).not.toMatch(/"level":"error"/);
  });

  test('rows 91 and 93: ten levels and 1,000 tokens are served', async () => {
    const deep = `{ item(id: "a") ${'{ next '.repeat(8)}{ id ${'} '.repeat(9)}}`;
    expect((await network.graphql(deep)).errors).toBeUndefined();
    const ids = Array.from({ length: 488 }, () => '"a"').join(' ');
    const { data, errors } = await network.graphql(
      `{ ${'ok '.repeat(500)} items(ids: [${ids}]) { id } }`,
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ ok: null, items: { length: 488 } });
  });

  test('row 102: members of prototypes among the variables are data', async () => {
    const body =
      '{"query":"query ($id: ID) { item(id: $id) { name } }","variables":{"__proto__":{"id":"1"},"constructor":{"prototype":{"id":"1"}},"id":"a"}}';
    const answer = await call(`${network.gateway.url}/graphql`, { body });
    expect(answer.json()).toEqual({ data: { item: { name: 'A' } } });
    await serveGood();
  });

  test('row 102: a text of a megabyte as a key is an answer, and no crash', async () => {
    const { errors, data } = await network.graphql('query ($id: ID) { item(id: $id) { id } }', {
      variables: { id: 'x'.repeat(1_000_000) },
    });
    expect({ data, count: errors?.length ?? 0 }).toMatchObject({ data: { item: null } });
    await serveGood();
  });

  test('row 104: an ID given as a number or as text is the same key, and 01 is another one', async () => {
    const query =
      '{ number: item(id: 1) { id name } text: item(id: "1") { id name } other: item(id: "01") { name } }';
    expect(await network.graphql(query)).toEqual({
      data: {
        number: { id: '1', name: 'one' },
        text: { id: '1', name: 'one' },
        other: { name: 'zero one' },
      },
    });
  });

  test('row 105: no keys are an empty list, and the answer is aligned with keys that repeat', async () => {
    const query = '{ none: items(ids: []) { id } some: items(ids: ["a","x","1","a"]) { id } }';
    expect(await network.graphql(query)).toEqual({
      data: { none: [], some: [{ id: 'a' }, null, { id: '1' }, { id: 'a' }] },
    });
  });

  test('row 114: records that break the schema null out by the rules of GraphQL, with a path', async () => {
    const query =
      '{ a: item(id: "no-id") { id } b: item(id: "no-int") { id stock } c: item(id: "no-object") { id } }';
    const { data, errors } = await network.graphql(query);
    expect(data).toEqual({ a: null, b: { id: 'no-int', stock: null }, c: null });
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions?.code])).toEqual(
      expect.arrayContaining([
        ['a.id', 'SCHEMA_MISMATCH'],
        ['b.stock', 'SCHEMA_MISMATCH'],
        ['c', 'SCHEMA_MISMATCH'],
      ]),
    );
  });

  test('a number of 64 bits keeps its digits as key and value, in literals, variables and GET', async () => {
    const expected = '{"data":{"long":9223372036854775807}}';
    const url = `${network.gateway.url}/graphql`;
    const query = 'query ($id: Long!) { long(id: $id) }';
    const bodies = [
      '{"query":"{ long(id: 9007199254740993) }"}',
      `{"query":"${query}","variables":{"id":9007199254740993}}`,
      `{"query":"${query}","variables":{"id":"9007199254740993"}}`,
    ];
    for (const body of bodies) {
      expect((await call(url, { body })).text).toBe(expected);
    }
    const params = new URLSearchParams({ query, variables: '{"id":9007199254740993}' });
    expect((await call(`${url}?${params}`)).text).toBe(expected);
  });

  test.each([
    ['OPTIONS', 204],
    ['PUT', 405],
    ['DELETE', 405],
  ])(
    '%s gets %i with the methods that are allowed, and no header that opens it to other sites',
    async (method, status) => {
      await using connection = await RawConnection.open(network.gateway.address);
      const request = rawRequest({
        method,
        path: '/graphql',
        headers: [
          ['Host', network.gateway.address],
          ['Origin', network.gateway.url],
        ],
      });
      void connection.send(request);
      const answer = await connection.answer();
      expect(answer?.status).toBe(status);
      expect(answer?.headers['allow']).toContain('GET, POST');
      expect(answer?.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  test.each(['3:41', 'x', `${'a'.repeat(300)}/0`, 'a/0:1;a/0:2'])(
    'the position %s, which cannot be read, gets 400',
    async (position) => {
      const answer = await call(`${network.gateway.url}/graphql`, {
        json: { query: '{ ok }' },
        headers: { 'x-quick-min-position': position },
      });
      expect(answer.status).toBe(400);
      expect((answer.json() as Answered).errors?.[0]?.extensions?.code).toBe('BAD_POSITION');
    },
  );
});

describe('a gateway that does not tell its schema, before a mirror that answers nonsense', () => {
  const topics = newGraphqlTopics();
  let mirror: Server;
  let network: TestNetwork;
  /** What the mirror answers to a batch. */
  let answer = '';
  let status = 200;
  beforeAll(async () => {
    mirror = createServer((request, response) => {
      const isTable = request.url?.endsWith('/partitions') === true;
      const { port } = mirror.address() as AddressInfo;
      const owners = Object.fromEntries([0, 1, 2].map((at) => [at, [`127.0.0.1:${port}`]]));
      request.resume();
      response.writeHead(isTable ? 200 : status);
      response.end(isTable ? JSON.stringify(owners) : answer);
    });
    await new Promise<void>((resolve) => {
      mirror.listen(0, '127.0.0.1', resolve);
    });
    const address = `127.0.0.1:${(mirror.address() as AddressInfo).port}`;
    network = await openGraphqlNetwork(topics, {
      QUICK_INTROSPECTION: 'false',
      QUICK_GRAPHIQL: 'false',
      QUICK_MIRROR_ANSWER_BYTES_MAX: '8388608',
      QUICK_MIRROR_URLS: `${topics.items}=http://${address}`,
    });
  });
  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    mirror.closeAllConnections();
    mirror.close();
  });

  test.each([
    ['HTML', 200, '<html>Bad gateway</html>'],
    ['HTML with status 500', 500, '<html>secret-host:1234</html>'],
    ['no JSON in place of the value', 200, '[\n{"id":\n]'],
    ['10 MB', 200, `[\n${JSON.stringify('x'.repeat(10_000_000))}\n]`],
    ['too many values', 200, '[\n1\n,2\n]'],
    ['an object', 200, '{"id":"a"}'],
    ['nothing', 200, ''],
  ])('row 113: %s from the mirror fails the field alone', async (_what, code, text) => {
    status = code;
    answer = text;
    const isLarge = text.length > 1_000_000;
    const result = await network.graphql('{ __typename item(id: "a") { id } }');
    expect(result.data).toEqual({ __typename: 'Query', item: null });
    expect(result.errors).toMatchObject([
      {
        path: ['item'],
        extensions: { code: isLarge ? 'TOO_MANY_ITEMS' : 'UPSTREAM_BAD_RESPONSE' },
      },
    ]);
    expect(JSON.stringify(result)).not.toContain('secret-host');
    status = 200;
    answer = '[\n{"id":"a"}\n]';
    expect(await network.graphql('{ item(id: "a") { id } }')).toEqual({
      data: { item: { id: 'a' } },
    });
  });

  test('row 99: a mistyped name gets no suggestion', async () => {
    const { errors } = await network.graphql('{ itm(id: "a") { id } }');
    expect(errors?.[0]?.message).toBe('Cannot query field "itm" on type "Query".');
    const { errors: argumentErrors } = await network.graphql('{ item(idd: "a") { nme } }');
    expect(argumentErrors?.map((error) => error.message).join()).not.toContain('Did you mean');
  });

  test.each(['{ __schema { types { name } } }', '{ __type(name: "Item") { fields { name } } }'])(
    'row 100: %s gets 400',
    async (query) => {
      const reply = await call(`${network.gateway.url}/graphql`, {
        json: { query },
        headers: { accept: 'application/graphql-response+json' },
      });
      expect(reply.status).toBe(400);
      expect((reply.json() as Answered).errors?.[0]?.extensions?.code).toBe(
        'GRAPHQL_VALIDATION_FAILED',
      );
    },
  );

  test('a browser gets no GraphiQL if it is off', async () => {
    const reply = await call(`${network.gateway.url}/graphql`, {
      headers: { accept: 'text/html' },
    });
    expect(reply.headers['content-type']).not.toContain('text/html');
  });
});
