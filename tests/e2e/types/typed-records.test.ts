import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { TestNetwork, type GraphqlAnswer } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { textOf } from '../examples/documented-queries.ts';

const READ_MS = 90_000;
const PAGE = textOf('docs/types.md');
const block = (name: string): string =>
  new RegExp(`^\`\`\`\\w+ ${name}\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)?.[1] ?? '';

const TOPICS = ['planes', 'reports', 'payments', 'pets', 'amounts'] as const;
const topics = Object.fromEntries(TOPICS.map((name) => [name, uniqueTopic(name)]));
const topicOf = (name: (typeof TOPICS)[number]): string => topics[name] ?? name;

/** The schema of the page, with a list of the whole beside each connection, and more types. */
const SDL = TOPICS.reduce(
  (sdl, name) => sdl.replaceAll(`@topic(name: "${name}"`, `@topic(name: "${topicOf(name)}"`),
  `${block('paged-schema')}
  extend type Query {
    allPlanes: [Plane!]! @topic(name: "planes")
    allReports(plane: ID!, from: Long, to: Long): [Report!]!
      @topic(name: "reports", keyArgument: "plane", rangeFrom: "from", rangeTo: "to")
    payments(ids: [ID!]!): [Payment] @topic(name: "payments", keyArgument: "ids")
    pets(ids: [ID!]!): [Pet] @topic(name: "pets", keyArgument: "ids")
    amount(id: Long!): Amount @topic(name: "amounts", keyArgument: "id")
  }
  type Mutation {
    setAmount(id: Long!, amount: AmountInput!): Amount @topic(name: "amounts")
  }
  interface Payment @discriminator(field: "method") { method: String! amount: BigDecimal! }
  type Card implements Payment @discriminatorValue(value: "card") { method: String! amount: BigDecimal! network: Network }
  type Transfer implements Payment @discriminatorValue(value: "transfer") { method: String! amount: BigDecimal! reference: Long }
  enum Network { VISA MASTERCARD }
  union Pet = Cat | Dog
  type Cat { lives: Int! }
  type Dog { toy: String! }
  type Amount { exact: BigDecimal whole: BigInteger long: Long limits: Limits }
  type Limits { low: Long high: Long }
  input AmountInput { exact: BigDecimal whole: BigInteger long: Long limits: LimitsInput = {} }
  input LimitsInput { low: Long = -9223372036854775808 high: Long = 9223372036854775807 }`,
);

interface Connection {
  readonly edges: readonly {
    readonly cursor: string;
    readonly node: Readonly<Record<string, unknown>>;
  }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string;
    readonly endCursor: string;
  };
}

type Variables = Readonly<Record<string, unknown>>;
type Pages = Readonly<Record<'planes' | 'reports', Connection>>;

const PLANES = 11;
const TIMES = [10, 20, 30, 40, 50];

describe('the types of a schema, from ingest to the gateway', () => {
  let network: TestNetwork;

  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: TOPICS.map((name) => ({
        name: topicOf(name),
        ...(name === 'amounts' ? { keyType: 'LONG' as const } : {}),
        ...(name === 'reports'
          ? { configs: { 'cleanup.policy': 'delete' }, mirror: { rangeField: 'at' } }
          : {}),
      })),
      schema: SDL,
    });
    const planes = Array.from({ length: PLANES }, (_, at) => `p${at}`);
    await write(
      'planes',
      planes.map((id, at) => `{"key":"${id}","value":{"id":"${id}","seats":${100 + at}}}`),
    );
    await write(
      'reports',
      TIMES.map((at) => `{"key":"p1","value":{"at":${at},"height":${at},"planeId":"p1"}}`),
    );
    await write('payments', [
      '{"key":"a","value":{"method":"card","amount":0.10000000000000000000000001,"network":"VISA"}}',
      '{"key":"b","value":{"method":"transfer","amount":12345678901234567890123.5,"reference":9223372036854775807}}',
      '{"key":"c","value":{"method":"card","amount":1,"network":"AMEX"}}',
      '{"key":"d","value":{"method":"cash","amount":1}}',
    ]);
    await write('pets', [
      '{"key":"a","value":{"lives":9}}',
      '{"key":"b","value":{"__typename":"Dog","toy":"ball","lives":1}}',
    ]);
    await eventually(serveAll, READ_MS);
  });
  afterAll(() => network[Symbol.asyncDispose]());

  async function serveAll(): Promise<void> {
    const { data, errors } = await network.graphql(
      '{ allPlanes { id } allReports(plane: "p1", from: 0) { at } payments(ids: ["a", "b", "c", "d"]) { __typename } pets(ids: ["a", "b"]) { __typename } }',
    );
    const { allPlanes, allReports, payments, pets } = data as Record<string, unknown[]>;
    expect([allPlanes?.length, allReports?.length]).toEqual([PLANES, TIMES.length]);
    const names = ['Card', 'Transfer', 'Card'].map((name) => ({ __typename: name }));
    expect(payments).toEqual([...names, null]);
    // It is there, or nothing would be wrong with it.
    expect(errors).toMatchObject([{ path: ['payments', 3] }]);
    expect(pets).toEqual([{ __typename: 'Cat' }, { __typename: 'Dog' }]);
  }

  async function write(topic: (typeof TOPICS)[number], records: readonly string[]): Promise<void> {
    const type = { 'content-type': 'application/json' };
    const answer = await network.postBytes(topicOf(topic), `[${records.join(',')}]`, type);
    expect(answer.status, answer.text).toBe(201);
  }
  const text = async (body: string): Promise<string> =>
    (await call(`${network.gateway.url}/graphql`, { body })).text;
  /** The connections that a query without errors is answered with. */
  const pagesOf = async (query: string, variables: Variables = {}): Promise<Pages> => {
    const { data, errors } = await network.graphql(query, { variables });
    expect(errors).toBeUndefined();
    return data as Pages;
  };

  /** The values of one field of a connection, page by page. */
  async function walk(read: (cursor: string | null) => Promise<Connection>, name: string) {
    const pages: unknown[][] = [];
    let cursor: string | null = null;
    let isMore = true;
    while (isMore) {
      const { edges, pageInfo }: Connection = await read(cursor);
      pages.push(edges.map(({ node }) => node[name]));
      isMore = pageInfo.hasNextPage;
      cursor = pageInfo.endCursor;
    }
    return pages;
  }

  test('a connection has in three pages what the list has at once', async () => {
    const query = block('paged-query');
    const pages = await walk(async (after) => (await pagesOf(query, { after })).planes, 'id');
    expect(pages.map(({ length }) => length)).toEqual([4, 4, 3]);
    const { data } = await network.graphql('{ allPlanes { id } }');
    expect({ allPlanes: pages.flat().map((id) => ({ id })) }).toEqual(data);
  });

  test('a connection of a range is that range forwards and backwards, joins included', async () => {
    expect(`${await text(JSON.stringify({ query: block('last-query') }))}\n`).toBe(
      block('last-answer'),
    );
    const read = async (page: string, cursor: string | null): Promise<Connection> => {
      const query = `query ($cursor: String) { reports(plane: "p1", from: 0, ${page}: $cursor) { edges { node { at } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
      return (await pagesOf(query, { cursor })).reports;
    };
    const forwards = await walk((cursor) => read('first: 2, after', cursor), 'at');
    expect(forwards).toEqual([[10, 20], [30, 40], [50]]);
    const backwards = await walk(async (cursor) => {
      const { edges, pageInfo } = await read('last: 2, before', cursor);
      const { hasPreviousPage: hasNextPage, startCursor: endCursor } = pageInfo;
      return { edges, pageInfo: { ...pageInfo, hasNextPage, endCursor } };
    }, 'at');
    expect(backwards).toEqual([[40, 50], [20, 30], [10]]);
  });

  test.each([
    ['planes(first: -1)', 'BAD_PAGE'],
    ['planes(first: 1001)', 'BAD_PAGE'],
    ['planes(after: "abc")', 'BAD_CURSOR'],
    ['reports(plane: "p1", from: 0, first: 1, last: 1)', 'BAD_PAGE'],
    ['reports(plane: "p1", from: 0, before: "abc")', 'BAD_CURSOR'],
  ])('rows 76 and 78: %s gets 400 %s', async (field, code) => {
    const answer = await call(`${network.gateway.url}/graphql`, {
      json: { query: `{ ${field} { pageInfo { hasNextPage } } }` },
    });
    expect([answer.status, (answer.json() as GraphqlAnswer).errors?.[0]?.extensions?.code]).toEqual(
      [400, code],
    );
  });

  test('row 78: the cursor of a list is none of a range, and none of another list', async () => {
    const { planes, reports } = await pagesOf(
      '{ planes(first: 1) { edges { cursor } } reports(plane: "p1", from: 0, first: 1) { edges { cursor } } }',
    );
    const ofList = planes.edges[0]?.cursor;
    const ofRange = reports.edges[0]?.cursor;
    for (const [field, cursor] of [
      ['planes(after: $cursor)', ofRange],
      ['reports(plane: "p1", from: 0, after: $cursor)', ofList],
      ['reports(plane: "p2", from: 0, after: $cursor)', ofRange],
    ]) {
      const { errors } = await network.graphql(
        `query ($cursor: String) { ${field} { pageInfo { hasNextPage } } }`,
        { variables: { cursor } },
      );
      expect(errors?.[0]?.extensions?.code).toBe('BAD_CURSOR');
    }
  });

  test('records of an interface and a union are distinguished, and a record that fits none is an error', async () => {
    const query =
      '{ payments(ids: ["a","b","c","d"]) { __typename amount ... on Card { network } ... on Transfer { reference } } pets(ids: ["a","b"]) { ... on Cat { lives } ... on Dog { toy } } }';
    const answer = await text(JSON.stringify({ query }));
    expect(answer).toContain(
      '"data":{"payments":[{"__typename":"Card","amount":0.10000000000000000000000001,"network":"VISA"},{"__typename":"Transfer","amount":12345678901234567890123.5,"reference":9223372036854775807},{"__typename":"Card","amount":1,"network":null},null],"pets":[{"lives":9},{"toy":"ball"}]}',
    );
    const { errors } = JSON.parse(answer) as GraphqlAnswer;
    // Row 114: the symbol AMEX is none of the enum's.
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions?.code])).toEqual(
      expect.arrayContaining([
        ['payments.2.network', 'SCHEMA_MISMATCH'],
        ['payments.3', 'TYPE_MISMATCH'],
      ]),
    );
    expect(errors).toHaveLength(2);
  });

  test('digits keep from a variable to the last one, and defaults are written too', async () => {
    const query =
      'mutation ($id: Long!, $amount: AmountInput!) { setAmount(id: $id, amount: $amount) { exact whole long limits { low high } } }';
    const amount =
      '{"exact":0.30000000000000000000000000001,"whole":123456789012345678901234567890,"long":9223372036854775807}';
    const body = (id: string): string =>
      `{"query":${JSON.stringify(query)},"variables":{"id":${id},"amount":${amount}}}`;
    const limits = '"limits":{"low":-9223372036854775808,"high":9223372036854775807}';
    const expected = `${amount.slice(0, -1)},${limits}}`;
    expect(await text(body('9223372036854775807'))).toContain(`{"data":{"setAmount":${expected}}`);
    const read = '{ amount(id: 9223372036854775807) { exact whole long limits { low high } } }';
    await eventually(async () => {
      expect(await text(JSON.stringify({ query: read }))).toBe(`{"data":{"amount":${expected}}}`);
    }, READ_MS);
    const beyond = JSON.parse(await text(body('9223372036854775808'))) as GraphqlAnswer;
    expect(beyond.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });
});
