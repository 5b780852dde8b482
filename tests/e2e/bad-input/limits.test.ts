import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { TRANSPORTS, type SentRequest } from './transports.ts';

interface BadOperation {
  readonly row: number;
  readonly input: string;
  readonly request: SentRequest;
  readonly code: string;
}

const list = (count: number, text: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');
const below = (levels: number): string =>
  `${'next { '.repeat(levels - 1)}id${' }'.repeat(levels - 1)}`;
const IDS = Array.from({ length: 500 }, (_, at) => String(at));

/** Refused before anything runs, whichever way they come. */
const BAD_OPERATIONS: readonly BadOperation[] = [
  { row: 88, input: 'no GraphQL', request: { query: '{' }, code: 'GRAPHQL_PARSE_FAILED' },
  {
    row: 88,
    input: 'a field that is not there',
    request: { query: '{ nothing }' },
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    row: 91,
    input: 'eleven levels',
    request: { query: `{ item(id: "a") { ${below(10)} } }` },
    code: 'DEPTH',
  },
  {
    row: 91,
    input: 'eleven levels through fragments',
    request: {
      query: `{ item(id: "a") { ...F } } fragment F on Item { next { ...G } } fragment G on Item { ... { ${below(9)} } }`,
    },
    code: 'DEPTH',
  },
  { row: 93, input: '1,001 tokens', request: { query: `{ ${'ok '.repeat(999)}}` }, code: 'TOKENS' },
  {
    row: 94,
    input: '16 aliases of one field',
    request: { query: `{ ${list(16, (at) => `a${at}: ok`)} }` },
    code: 'ALIASES',
  },
  {
    row: 94,
    input: '16 aliases of __typename',
    request: { query: `{ ${list(16, (at) => `a${at}: __typename`)} }` },
    code: 'ALIASES',
  },
  {
    row: 95,
    input: '51 directives on one field',
    request: { query: `{ ok ${'@include(if: true) '.repeat(51)} }` },
    code: 'DIRECTIVES',
  },
  {
    row: 96,
    input: 'a page of 100,000 with lists in it',
    request: { query: '{ group { page(first: 100000) { id page(first: 1000) { id } } } }' },
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    row: 96,
    input: 'a page that a variable makes too large',
    request: {
      query: 'query ($n: Int) { group { page(first: $n) { id } } }',
      variables: { n: 100_000 },
    },
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    row: 96,
    input: '500 keys of 200 values each',
    request: {
      query: `query ($ids: [ID!]!) { items(ids: $ids) { ${'id '.repeat(200)} } }`,
      variables: { ids: IDS },
    },
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    row: 96,
    input: 'lists of unknown length in each other',
    request: { query: `{ group { ${'parts { '.repeat(5)} id ${'} '.repeat(5)} } }` },
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    row: 76,
    input: 'a page of 1,001, beside what could be answered',
    request: { query: '{ ok pages(first: 1001) { edges { cursor } } }' },
    code: 'BAD_PAGE',
  },
  {
    row: 76,
    input: 'a page that begins at both ends',
    request: {
      query:
        'query ($n: Int) { range(id: "a", from: 1, first: $n, last: $n) { edges { cursor } } }',
      variables: { n: 1 },
    },
    code: 'BAD_PAGE',
  },
  {
    row: 78,
    input: 'a cursor that was never issued',
    request: { query: '{ ok pages(after: "abc") { edges { cursor } } }' },
    code: 'BAD_CURSOR',
  },
  {
    row: 105,
    input: '501 keys',
    request: {
      query: 'query ($ids: [ID!]!) { ok items(ids: $ids) { id } }',
      variables: { ids: [...IDS, 'more'] },
    },
    code: 'TOO_MANY_KEYS',
  },
  {
    row: 124,
    input: 'a subscription of eleven levels',
    request: { query: `subscription { items { ${below(10)} } }` },
    code: 'DEPTH',
  },
  {
    row: 124,
    input: 'a subscription of 16 aliases',
    request: { query: `subscription { items { ${list(16, (at) => `a${at}: id`)} } }` },
    code: 'ALIASES',
  },
  {
    row: 107,
    input: 'two operations and no name',
    request: { query: 'query A { ok } query B { ok }' },
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    row: 106,
    input: 'the id of an unknown document',
    request: { documentId: 'f'.repeat(64) },
    code: 'PERSISTED_QUERY_NOT_FOUND',
  },
  {
    row: 106,
    input: 'the hash of another document',
    request: { query: '{ ok }', extensions: { persistedQuery: { sha256Hash: 'f'.repeat(64) } } },
    code: 'PERSISTED_QUERY_MISMATCH',
  },
];

const TRUSTED = 'query Trusted {\n  ok\n}\n';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('operations that come on any way', () => {
  const topic = uniqueTopic('limits');
  let folder: string;
  /** Takes all documents. */
  let open: TestNetwork;
  /** Takes the trusted one only. */
  let closed: TestNetwork;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quicksilver-documents-'));
    await writeFile(join(folder, 'trusted.graphql'), TRUSTED);
    await writeFile(join(folder, 'README.md'), 'not a document');
    const start = (env: Readonly<Record<string, string>>): Promise<TestNetwork> =>
      TestNetwork.start({
        broker: testBroker(),
        topics: [{ name: topic }],
        ingests: 0,
        schema: schemaOf(topic),
        env: {
          gateway: { QUICK_DOCUMENTS_PATH: folder, QUICK_QUERY_COST_MAX: '100000', ...env },
        },
      });
    [open, closed] = await Promise.all([start({}), start({ QUICK_DOCUMENTS_ONLY: 'true' })]);
  });
  afterAll(async () => {
    await Promise.all([open[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true });
  });

  describe.each(TRANSPORTS)('$name', ({ ask }) => {
    const codeOf = async (network: TestNetwork, request: SentRequest): Promise<unknown> => {
      const { data, errors } = await ask(network.gateway.address, request);
      expect(data ?? null).toBeNull();
      return errors?.[0]?.extensions?.code;
    };
    const serveGood = async (network: TestNetwork): Promise<void> => {
      const { data } = await ask(network.gateway.address, { query: TRUSTED });
      expect(data).toEqual({ ok: null });
    };

    test.each(BAD_OPERATIONS)('row $row: $input is refused with $code', async (bad) => {
      expect(await codeOf(open, bad.request)).toBe(bad.code);
      await serveGood(open);
    });

    test('what is at the limits is served', async () => {
      const twice = 'ok @include(if: true) @skip(if: false)';
      const query = `{ ${list(15, (at) => `a${at}: ${twice}`)} ${list(10, () => twice)} }`;
      const { data, errors } = await ask(open.gateway.address, { query });
      expect(errors).toBeUndefined();
      expect(Object.keys(data as object)).toHaveLength(16);
    });

    test('a trusted document runs by its id, in each form', async () => {
      const id = sha256(TRUSTED);
      for (const network of [open, closed]) {
        for (const request of [
          { documentId: id },
          { documentId: `sha256:${id}` },
          { extensions: { persistedQuery: { version: 1, sha256Hash: id } } },
        ]) {
          const { data } = await ask(network.gateway.address, request);
          expect(data).toEqual({ ok: null });
        }
      }
    });

    test('row 106: a document runs by its hash once a client has sent it', async () => {
      const query = `{ ok } # ${uniqueTopic('learnt')}`;
      const hashed = { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(query) } } };
      const { errors } = await ask(open.gateway.address, hashed);
      expect(errors?.map(({ message }) => message)).toEqual(['PersistedQueryNotFound']);
      await ask(open.gateway.address, { query, ...hashed });
      expect((await ask(open.gateway.address, hashed)).data).toEqual({ ok: null });
    });

    test('row 106: with trusted documents only, another one is rejected', async () => {
      const query = '{ ok }';
      const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
      const { status, errors } = await ask(closed.gateway.address, { query });
      expect(status ?? 403).toBe(403);
      expect(errors?.[0]?.extensions?.code).toBe('DOCUMENT_NOT_TRUSTED');
      expect(await codeOf(closed, { query, extensions })).toBe('DOCUMENT_NOT_TRUSTED');
      expect(await codeOf(closed, { extensions })).toBe('PERSISTED_QUERY_NOT_FOUND');
      expect(await codeOf(closed, { query: '{ __schema { types { name } } }' })).toBe(
        'DOCUMENT_NOT_TRUSTED',
      );
      await serveGood(closed);
    });
  });

  test.each(['POST', 'GET'])(
    'over the limits is 400 by %s, whatever the client accepts',
    async (method) => {
      const { ask } = TRANSPORTS.find(({ name }) => name === method) ?? expect.fail('no such way');
      const limits = BAD_OPERATIONS.filter(({ row }) => row <= 105 && row !== 88);
      expect(limits.length).toBeGreaterThan(13);
      for (const { request } of limits) {
        expect((await ask(open.gateway.address, request)).status).toBe(400);
      }
    },
  );
});

function schemaOf(topic: string): string {
  return `
    type Query {
      ok(id: ID = "none"): Int @topic(name: "${topic}", keyArgument: "id")
      item(id: ID): Item @topic(name: "${topic}", keyArgument: "id")
      items(ids: [ID!]!): [Item] @topic(name: "${topic}", keyArgument: "ids")
      all: [Item] @topic(name: "${topic}")
      group: Item
      pages(first: Int, after: String): ItemConnection @topic(name: "${topic}")
      range(id: ID!, from: Int, to: Int, first: Int, after: String, last: Int): ItemConnection
        @topic(name: "${topic}", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
    }
    type ItemConnection { edges: [ItemEdge] pageInfo: PageInfo }
    type ItemEdge { cursor: String! node: Item }
    type Subscription { items: Item @topic(name: "${topic}") }
    type Item {
      id: ID
      nextId: ID
      next: Item @topic(name: "${topic}", keyField: "nextId")
      page(first: Int): [Item]
      parts: [Item]
      pages(first: Int, after: String): ItemConnection @topic(name: "${topic}")
      all: [Item] @topic(name: "${topic}")
    }
  `;
}
