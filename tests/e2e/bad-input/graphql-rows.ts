import { rawRequest } from '@quicksilver/testkit/raw-http';

export interface GraphqlRow {
  /** The row's number in the table of bad input. */
  readonly row: number;
  /** What is sent, in words. */
  readonly input: string;
  readonly bytes: Buffer;
  readonly status: number;
  /** `extensions.code` of the first error. */
  readonly code?: string;
}

const JSON_TYPE: readonly [string, string] = ['Content-Type', 'application/json'];
const MIB = 1_048_576;

const typed = (type: string, body: string): Buffer =>
  rawRequest({ path: '/graphql', headers: [['Content-Type', type]], body });
const body = (text: string): { bytes: Buffer } => ({ bytes: typed('application/json', text) });
const operation = (query: string, variables?: unknown): { bytes: Buffer } =>
  body(JSON.stringify({ query, variables }));
const get = (query: string): { bytes: Buffer } => ({
  bytes: rawRequest({ path: `/graphql?query=${encodeURIComponent(query)}` }),
});

/** A query of so many levels of fields. */
const levels = (count: number): string =>
  `{ item(id: "a") ${'{ next '.repeat(count - 2)}{ id ${'} '.repeat(count - 1)}}`;
const below = (count: number): string =>
  `${'next { '.repeat(count - 1)}id${' }'.repeat(count - 1)}`;

const REQUESTS: readonly GraphqlRow[] = [
  { row: 88, input: 'no JSON', ...body('{"query":'), status: 400, code: 'MALFORMED_JSON' },
  { row: 88, input: 'no body', ...body(''), status: 400, code: 'BODY_REQUIRED' },
  {
    row: 88,
    input: 'bytes that are no UTF-8',
    bytes: rawRequest({
      path: '/graphql',
      headers: [JSON_TYPE],
      body: Buffer.from('{"query":"\u00e9"}', 'latin1'),
    }),
    status: 400,
    code: 'INVALID_UTF8',
  },
  { row: 88, input: 'an array', ...body('[{"query":"{ ok }"}]'), status: 400, code: 'BAD_REQUEST' },
  { row: 88, input: 'null', ...body('null'), status: 400, code: 'BAD_REQUEST' },
  {
    row: 88,
    input: 'a query that is a number',
    ...body('{"query":5}'),
    status: 400,
    code: 'BAD_REQUEST',
  },
  { row: 88, input: 'no query', ...body('{"variables":{}}'), status: 400, code: 'BAD_REQUEST' },
  {
    row: 88,
    input: 'variables that are a text',
    ...body('{"query":"{ ok }","variables":"x"}'),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    row: 88,
    input: 'an operationName that is a number',
    ...body('{"query":"{ ok }","operationName":5}'),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    row: 88,
    input: 'extensions that are an array',
    ...body('{"query":"{ ok }","extensions":[]}'),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    row: 89,
    input: 'a mutation by GET',
    ...get('mutation { set }'),
    status: 405,
    code: 'BAD_REQUEST',
  },
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/x-ndjson',
  ].map((type) => ({
    row: 90,
    input: `a mutation as ${type}`,
    bytes: typed(type, '{"query":"mutation { set }"}'),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  })),
  {
    row: 101,
    input: 'an array of 1,000 operations',
    ...body(`[${Array(1_000).fill('{"query":"{ ok }"}').join(',')}]`),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    row: 107,
    input: 'two operations and no name',
    ...operation('query A { ok } query B { ok }'),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    row: 107,
    input: 'an unknown operationName',
    ...body('{"query":"query A { ok }","operationName":"B"}'),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    row: 107,
    input: 'an empty operationName',
    ...body('{"query":"query A { ok } query B { ok }","operationName":""}'),
    status: 400,
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  {
    row: 108,
    input: 'a subscription by a client that accepts no events',
    bytes: rawRequest({
      path: '/graphql',
      headers: [JSON_TYPE, ['Accept', 'application/json']],
      body: '{"query":"subscription { items { id } }"}',
    }),
    status: 406,
    code: 'NOT_ACCEPTABLE',
  },
  {
    row: 110,
    input: 'a body of 1 MiB and a byte',
    ...body(`{"query":"${'#'.repeat(MIB - 11)}"}`),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    row: 111,
    input: 'application/graphql',
    bytes: typed('application/graphql', '{ ok }'),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
];

const LIMITS: readonly GraphqlRow[] = [
  {
    row: 91,
    input: 'eleven levels of fields',
    ...operation(levels(11)),
    status: 400,
    code: 'DEPTH',
  },
  {
    row: 91,
    input: 'eleven levels through inline fragments',
    ...operation(`{ ... { item(id: "a") { ... on Item { ${below(10)} } } } }`),
    status: 400,
    code: 'DEPTH',
  },
  {
    row: 91,
    input: 'eleven levels through a fragment',
    ...operation(`{ item(id: "a") { ...F } } fragment F on Item { ${below(10)} }`),
    status: 400,
    code: 'DEPTH',
  },
  {
    row: 91,
    input: 'eleven levels through a fragment that was met before',
    ...operation(
      `{ item(id: "a") { ...F next { next { ...F } } } } fragment F on Item { ${below(8)} }`,
    ),
    status: 400,
    code: 'DEPTH',
  },
  {
    row: 91,
    input: 'eleven levels through a fragment called __schema',
    ...operation(`{ item(id: "a") { ...__schema } } fragment __schema on Item { ${below(10)} }`),
    status: 400,
    code: 'DEPTH',
  },
  { row: 91, input: 'eleven levels by GET', ...get(levels(11)), status: 400, code: 'DEPTH' },
  { row: 92, input: '6,000 levels', ...operation('{a'.repeat(6_000)), status: 400, code: 'TOKENS' },
  {
    row: 93,
    input: '1,001 tokens',
    ...operation(`{ ${'ok '.repeat(999)}}`),
    status: 400,
    code: 'TOKENS',
  },
  {
    row: 94,
    input: '10,000 aliases of one field',
    ...operation(`{ ${Array.from({ length: 10_000 }, (_, at) => `a${at}: ok`).join(' ')} }`),
    status: 400,
    code: 'TOKENS',
  },
  {
    row: 94,
    input: '10,000 aliases of __typename',
    ...operation(
      `{ ${Array.from({ length: 10_000 }, (_, at) => `a${at}: __typename`).join(' ')} }`,
    ),
    status: 400,
    code: 'TOKENS',
  },
  {
    row: 95,
    input: '5,000 repeated directives',
    ...operation(`{ ok ${'@include(if: true) '.repeat(5_000)}}`),
    status: 400,
    code: 'TOKENS',
  },
  {
    row: 98,
    input: '200 times 100 inline fragments',
    ...operation(`{ ${`... { ${'... { ok } '.repeat(100)} } `.repeat(200)} }`),
    status: 400,
    code: 'TOKENS',
  },
];

const withId = (type: string, variables: unknown): { bytes: Buffer } =>
  operation(`query ($id: ${type}) { number(id: $id) }`, variables);

const VARIABLES: readonly GraphqlRow[] = [
  {
    row: 102,
    input: 'an Int of 2^31',
    ...withId('Int!', { id: 2 ** 31 }),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 102,
    input: 'a float for an Int',
    ...withId('Int!', { id: 1.5 }),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 102,
    input: 'a text for an Int',
    ...withId('Int!', { id: '5' }),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 102,
    input: 'null for a non-null variable',
    ...withId('Int!', { id: null }),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 102,
    input: 'no variable at all',
    ...withId('Int!', undefined),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 102,
    input: 'an Int of 20 digits',
    ...body(
      '{"query":"query ($id: Int!) { number(id: $id) }","variables":{"id":12345678901234567890}}',
    ),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 102,
    input: 'a list of a thousand levels',
    ...body(
      `{"query":"query ($id: Int!) { number(id: $id) }","variables":{"id":${'['.repeat(1_000)}${']'.repeat(1_000)}}}`,
    ),
    status: 400,
    code: 'TOO_DEEP',
  },
  {
    row: 102,
    input: 'a list of 200,000 levels with a long number in it',
    ...body(
      `{"query":"query ($id: Int!) { number(id: $id) }","variables":{"id":${'['.repeat(200_000)}12345678901234567890${']'.repeat(200_000)}}}`,
    ),
    status: 400,
    code: 'TOO_DEEP',
  },
  {
    row: 102,
    input: 'a Long beyond 64 bits',
    ...operation('query ($id: Long!) { long(id: $id) }', { id: '9223372036854775808' }),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 105,
    input: 'null among keys that cannot be null',
    ...operation('query ($ids: [ID!]!) { items(ids: $ids) { id } }', { ids: ['a', null] }),
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    row: 105,
    input: '501 keys',
    ...operation('query ($ids: [ID!]!) { items(ids: $ids) { id } }', {
      ids: Array.from({ length: 501 }, (_, at) => String(at)),
    }),
    status: 400,
    code: 'TOO_MANY_KEYS',
  },
  {
    row: 102,
    input: 'a list of 100,000 keys',
    ...operation('query ($ids: [ID!]!) { items(ids: $ids) { id } }', {
      ids: Array.from({ length: 100_000 }, (_, at) => String(at)),
    }),
    status: 400,
    code: 'TOO_MANY_KEYS',
  },
];

/** Values of variables that none of their type's forms has, by the type. */
const NO_VALUES: readonly (readonly [row: number, type: string, value: unknown])[] = [
  [102, 'Int', true],
  [102, 'Int', [1, 2]],
  [102, 'Int', { a: 1 }],
  [102, 'Int', ''],
  [102, 'Long', 1.5],
  [102, 'Long', ' 5'],
  [102, 'Long', '0x10'],
  [102, 'Long', 2 ** 63],
  [104, 'ID', 1.5],
  [104, 'ID', true],
  [104, 'ID', ['a']],
  [104, 'ID', { id: 'a' }],
];

const FIELD_OF: Readonly<Record<string, string>> = {
  Int: 'number(id: $id)',
  Long: 'long(id: $id)',
  ID: 'item(id: $id) { id }',
};

const TYPED_VARIABLES: readonly GraphqlRow[] = NO_VALUES.map(([row, type, value]) => ({
  row,
  input: `${JSON.stringify(value)} for a variable of type ${type}`,
  ...operation(`query ($id: ${type}!) { ${FIELD_OF[type] ?? ''} }`, { id: value }),
  status: 400,
  code: 'BAD_USER_INPUT',
}));

/** Rows of the GraphQL section, each sent as bytes. */
export const GRAPHQL_ROWS: readonly GraphqlRow[] = [
  ...REQUESTS,
  ...LIMITS,
  ...VARIABLES,
  ...TYPED_VARIABLES,
];
