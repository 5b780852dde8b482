import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { ForeignProducer } from './avro-producer.ts';

const DEADLINE_MS = 90_000;
const PARTITIONS = 1;
const GATEWAY = 'library';

const members = uniqueTopic('members');
const SDL = `
  type Query { member(id: Int!): Member @topic(name: "${members}", keyArgument: "id") }
  type Member { name: String! role: Role! books: [Book!]! visits: Long }
  type Book { title: String! }
  enum Role { READER STAFF }
  type Loan { unit: Float @field(name: "unit-price") since: DateTime! @field(name: "@since") }
  input LoanKey { member: Int! book: String! }
`;
const GOOD = { name: 'Ada', role: 'STAFF', books: [{ title: 'Ulysses' }] };

let network: ManagedNetwork;
let producer: ForeignProducer;
let mirror = '';

beforeAll(async () => {
  network = await ManagedNetwork.start();
  producer = new ForeignProducer(PARTITIONS);
  await network.mustSend('POST', '/gateway', { name: GATEWAY, schema: SDL });
  await network.mustSend('POST', `/topic/${members}?keyType=INTEGER&valueType=SCHEMA`, {
    valueSchema: { gateway: GATEWAY, type: 'Member' },
    partitions: PARTITIONS,
  });
  [mirror = ''] = await network.addresses('mirror', mirrorNameOf(members));
  await eventually(async () => {
    const { status, text } = await write({ key: 0, value: GOOD });
    if (status !== 201) {
      throw new Error(text);
    }
  }, DEADLINE_MS);
}, DEADLINE_MS * 3);
afterAll(async () => {
  await producer[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

const write = (json: object) => call(`${network.ingest.url}/${members}`, { json });

test.each([
  [8, 'just text', ['value: expected Member, found "just text"']],
  [
    9,
    { foo: 1 },
    [
      'value.name: expected String!, but the member is missing',
      'value.role: expected Role!, but the member is missing',
      'value.books: expected [Book!]!, but the member is missing',
    ],
  ],
  [
    10,
    { ...GOOD, role: 'GUEST', books: [{ title: null }], visits: 1.5 },
    [
      'value.role: expected one of READER, STAFF, found "GUEST"',
      'value.books[0].title: expected String!, found null',
      'value.visits: expected Long, found 1.5',
    ],
  ],
])(
  'the value of key %i is rejected with every mismatch, and nothing is written',
  async (key, value, mismatches) => {
    const answer = await write({ key, value });
    expect(answer.status, answer.text).toBe(400);
    const { errorCode, detail, errors } = answer.json() as {
      errorCode: string;
      detail: string;
      errors: { path: string; message: string }[];
    };
    expect(errorCode).toBe('SCHEMA_MISMATCH');
    expect(detail).toContain(`Data does not conform to schema: ${mismatches.join('; ')}`);
    expect(errors.map(({ path, message }) => `${path}: ${message}`)).toEqual(mismatches);
    expect((await call(`http://${mirror}/topics/${members}/keys/${key}`)).status).toBe(404);
  },
);

test('a batch is checked record by record', async () => {
  const batch = await write([
    { key: 1, value: GOOD },
    { key: 2, value: { ...GOOD, name: 7 } },
  ]);
  expect(batch.status, batch.text).toBe(207);
  expect(batch.text).toContain('value.name: expected String, found 7');
});

test('a mutation is rejected with the mismatches of its value', async () => {
  const books = uniqueTopic('books');
  const types = { Book: { fields: { title: 'String!', pages: 'Int!' } } };
  await using shop = await TestNetwork.start({
    broker: testBroker(),
    topics: [{ name: books, valueSchema: { type: 'Book!', types } }],
    schema: `
      type Query { book(id: ID!): Book @topic(name: "${books}", keyArgument: "id") }
      type Mutation { setBook(id: ID!, book: BookInput!): Book @topic(name: "${books}") }
      type Book { title: String! pages: Int! }
      input BookInput { title: String pages: Int }
    `,
  });
  const answer = await shop.graphql(
    'mutation { setBook(id: "a", book: { title: null }) { title } }',
  );
  expect(answer.errors?.[0]).toMatchObject({
    message: expect.stringContaining(
      'value.title: expected String!, found null; value.pages: expected Int!, but the member is missing',
    ) as string,
    extensions: { code: 'SCHEMA_MISMATCH' },
  });
});

test('a schema as large as those of public services is applied and served', async () => {
  const what = `"""\n${'What this is and how to use it. '.repeat(8)}\n"""`;
  const fields = Array.from({ length: 12 }, (_none, at) => `${what}\nf${at}: [T${at}!]`);
  const types = Array.from(
    { length: 400 },
    (_none, at) => `${what}\ntype T${at} { id: ID!\n${fields.join('\n')} }`,
  );
  const schema = `${SDL}\n${types.join('\n')}`;
  expect(schema.length).toBeGreaterThan(1_250_000);
  await network.mustSend('POST', `/gateway/${GATEWAY}/schema`, { schema });
  const [gateway = ''] = await network.addresses('gateway', GATEWAY);
  const { text } = await call(`http://${gateway}/graphql`, {
    json: { query: '{ __type(name: "T399") { kind } member(id: 0) { name } }' },
  });
  expect(JSON.parse(text)).toEqual({
    data: { __type: { kind: 'OBJECT' }, member: { name: 'Ada' } },
  });
  const printed = await network.mustSend('GET', `/gateway/${GATEWAY}/schema/T399/graphql`);
  expect(printed.text).toContain('type T399');
});

test('a value that another program wrote is served, and listed as nonconforming', async () => {
  await producer.write(members, [['\0\0\0\u0004', Buffer.from('{"name":"Bob","role":7}')]]);
  await eventually(async () => {
    const { text } = await call(`http://${mirror}/nonconforming`);
    expect(JSON.parse(text)).toMatchObject({
      items: [
        {
          topic: members,
          partition: 0,
          reason: 'SCHEMA_MISMATCH',
          detail:
            'value.role: expected one of READER, STAFF, found 7; value.books: expected [Book!]!, but the member is missing',
        },
      ],
    });
  }, DEADLINE_MS);
  const read = await call(`http://${mirror}/topics/${members}/keys/4`);
  expect([read.status, read.text]).toEqual([200, '{"name":"Bob","role":7}']);
  const { text } = await call(`http://${mirror}/status`);
  expect(JSON.parse(text)).toMatchObject({
    topics: [{ topic: members, partitions: [{ poisonRecords: 0, nonconformingRecords: 1 }] }],
  });
});

test('keys and values of a type have the names of @field, and a range field may have any', async () => {
  const loans = uniqueTopic('loans');
  await network.mustSend('PUT', `/topic/${loans}`, {
    key: 'schema',
    keySchema: `${GATEWAY}.LoanKey`,
    value: 'schema',
    schema: `${GATEWAY}.Loan`,
    partitions: PARTITIONS,
    configs: { 'cleanup.policy': 'delete' },
  });
  await network.mustSend('PUT', `/mirror/${mirrorNameOf(loans)}`, {
    topic: loans,
    rangeField: 'unit-price',
  });
  const [address = ''] = await network.addresses('mirror', mirrorNameOf(loans));
  const writeLoan = (json: object) => call(`${network.ingest.url}/${loans}`, { json });
  const key = { book: 'Ulysses', member: 1 };
  const at = { '@since': '2026-01-01T00:00:00Z' };
  await eventually(async () => {
    expect((await writeLoan({ key, value: { ...at, 'unit-price': 2 } })).status).toBe(201);
  }, DEADLINE_MS);
  expect((await writeLoan({ key, value: { since: at['@since'] } })).text).toContain(
    'value.@since: expected DateTime!, but the member is missing',
  );
  expect((await writeLoan({ key: { member: 'x' }, value: at })).text).toContain(
    'key.member: expected Int, found \\"x\\"; key.book: expected String!, but the member is missing',
  );
  const path = encodeURIComponent(JSON.stringify(key));
  await eventually(async () => {
    const range = await call(`http://${address}/topics/${loans}/range/${path}?from=1&to=3`);
    expect(JSON.parse(range.text)).toMatchObject({ items: [{ 'unit-price': 2 }] });
  }, DEADLINE_MS);
});

test('a range field that no record has is a warning in the status of the mirror', async () => {
  const prices = uniqueTopic('prices');
  await network.mustSend('PUT', `/topic/${prices}`, {
    key: 'string',
    value: 'json',
    partitions: PARTITIONS,
    configs: { 'cleanup.policy': 'delete' },
  });
  await network.mustSend('PUT', `/mirror/${mirrorNameOf(prices)}`, {
    topic: prices,
    rangeField: 'unit-price',
  });
  await network.addresses('mirror', mirrorNameOf(prices));
  await eventually(async () => {
    const json = { key: 'a', value: { unitPrice: 2 } };
    expect((await call(`${network.ingest.url}/${prices}`, { json })).status).toBe(201);
  }, DEADLINE_MS);
  await eventually(async () => {
    const resources = await network.resources();
    const warned = resources.find(
      ({ kind, name }) => kind === 'mirror' && name === mirrorNameOf(prices),
    );
    expect(JSON.stringify(warned?.status)).toContain(
      `No record of topic ${prices} is in a range, because none has the range field. Check the rangeField of the mirror.`,
    );
  }, DEADLINE_MS);
});

test('a type that changes is adopted, and records in the store are checked by it', async () => {
  const schema = SDL.replace('name: String!', 'name: String! email: String!');
  expect((await write({ key: 20, value: GOOD })).status).toBe(201);
  await network.mustSend('POST', `/gateway/${GATEWAY}/schema`, { schema });
  await eventually(async () => {
    expect((await write({ key: 21, value: GOOD })).text).toContain('value.email: expected String!');
  }, DEADLINE_MS);
  expect((await write({ key: 22, value: { ...GOOD, email: 'a@b' } })).status).toBe(201);
  await eventually(async () => {
    const { items } = JSON.parse((await call(`http://${mirror}/nonconforming`)).text) as {
      items: { topic: string; key: string; detail: string }[];
    };
    const keys = items
      .filter(({ topic, detail }) => topic === members && detail.includes('value.email'))
      .map(({ key }) => Buffer.from(key, 'base64').readInt32BE(0));
    expect(keys).toContain(20);
    expect(keys).not.toContain(22);
  }, DEADLINE_MS);
});
