import { JSON_TYPE, postHead, raw, type Row } from './row.ts';

const path = (row: number, name: string, status: number, code: string): Row => ({
  row,
  input: `POST to ${name.length > 40 ? `a name of ${name.length - 1} letters` : name}`,
  ...raw(() => ({ path: name, headers: [JSON_TYPE], body: '{"key":"k","value":1}' })),
  status,
  code,
});

const TOPICS: readonly Row[] = [
  path(45, '/..', 404, 'TOPIC_NOT_FOUND'),
  path(45, '/.', 404, 'TOPIC_NOT_FOUND'),
  path(45, '/a/b', 405, 'METHOD_NOT_ALLOWED'),
  path(45, '/a%2Fb', 404, 'TOPIC_NOT_FOUND'),
  path(45, '/%00', 404, 'TOPIC_NOT_FOUND'),
  path(45, '/%zz', 400, 'BAD_REQUEST'),
  path(45, '/%ED%A0%80', 400, 'BAD_REQUEST'),
  path(45, `/${'t'.repeat(250)}`, 404, 'TOPIC_NOT_FOUND'),
  path(45, '/__consumer_offsets', 403, 'INTERNAL_TOPIC'),
  path(45, '/__topic-registry', 403, 'INTERNAL_TOPIC'),
  path(45, '/', 404, 'TOPIC_NOT_FOUND'),
  {
    row: 46,
    input: 'DELETE of a key that does not exist',
    ...raw((t) => ({ method: 'DELETE', path: `/${t.json}/never-written` })),
    status: 200,
    records: 1,
  },
  {
    row: 46,
    input: 'DELETE of keys that do not exist, in a body',
    ...raw((t) => ({
      method: 'DELETE',
      path: `/${t.json}`,
      headers: [JSON_TYPE],
      body: '["never-written","nor this"]',
    })),
    status: 200,
    records: 2,
  },
  {
    row: 47,
    input: 'DELETE on an immutable topic',
    ...raw((t) => ({ method: 'DELETE', path: `/${t.immutable}/k` })),
    status: 409,
    code: 'IMMUTABLE_TOPIC',
  },
  {
    row: 47,
    input: 'DELETE of keys in a body on an immutable topic',
    ...raw((t) => ({
      method: 'DELETE',
      path: `/${t.immutable}`,
      headers: [JSON_TYPE],
      body: '"k"',
    })),
    status: 409,
    code: 'IMMUTABLE_TOPIC',
  },
];

const keyed = (input: string, key: string): Row => ({
  row: 49,
  input: `an Idempotency-Key ${input}`,
  ...raw((t) => ({
    path: `/${t.json}`,
    headers: [JSON_TYPE, ['Idempotency-Key', key]],
    body: '{"key":"k","value":1}',
  })),
  status: 400,
});

const IDEMPOTENCY_KEYS: readonly Row[] = [
  { ...keyed('of 10 kB', 'k'.repeat(10_240)), code: 'BAD_REQUEST' },
  { ...keyed('of 256 characters', 'k'.repeat(256)), code: 'BAD_REQUEST' },
  { ...keyed('without a character', ''), code: 'BAD_REQUEST' },
  { ...keyed('with a tab', 'a\tb'), code: 'BAD_REQUEST' },
  { ...keyed('beyond ASCII', 'a\u00e9'), code: 'BAD_REQUEST' },
  { ...keyed('with a CR', 'a\rb'), closes: true },
  { ...keyed('with CRLF and text behind it', 'a\r\nb'), closes: true },
  { ...keyed('with a control character', 'a\u0001b'), closes: true },
  {
    row: 49,
    input: 'an Idempotency-Key with a stream of lines',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [
        ['Content-Type', 'application/x-ndjson'],
        ['Idempotency-Key', 'k'],
      ],
      body: '{"key":"k","value":1}',
    })),
    status: 400,
    code: 'BAD_REQUEST',
  },
];

const framed = (row: number, input: string, lines: readonly string[], body: string): Row => ({
  row,
  input,
  bytes: (t) => Buffer.from(`${postHead(t.json, ...lines)}\r\n\r\n${body}`),
  status: 400,
  closes: true,
});
const PAIR = '{"key":"k","value":1}';

const FRAMES: readonly Row[] = [
  framed(54, 'a Content-Length of 10 with 21 bytes', ['Content-Length: 10'], PAIR),
  framed(
    54,
    'Content-Length and Transfer-Encoding',
    ['Content-Length: 21', 'Transfer-Encoding: chunked'],
    `15\r\n${PAIR}\r\n0\r\n\r\n`,
  ),
  framed(54, 'an unknown Transfer-Encoding', ['Transfer-Encoding: xchunked'], PAIR),
  framed(54, 'a chunk size that is no number', ['Transfer-Encoding: chunked'], `zz\r\n${PAIR}\r\n`),
  framed(55, 'a negative Content-Length', ['Content-Length: -1'], PAIR),
  framed(55, 'a Content-Length of 1e3', ['Content-Length: 1e3'], PAIR),
  framed(55, 'two different Content-Lengths', ['Content-Length: 21', 'Content-Length: 20'], PAIR),
  {
    row: 56,
    input: 'a header of 17 kB',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [JSON_TYPE, ['X-A', 'a'.repeat(17_000)]],
      body: PAIR,
    })),
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    closes: true,
  },
  {
    row: 56,
    input: '200 headers',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [JSON_TYPE, ...Array.from({ length: 200 }, (_, at) => [`X-${at}`, 'a'] as const)],
      body: PAIR,
    })),
    status: 431,
    code: 'HEADERS_TOO_LARGE',
  },
  ...['TRACE', 'PROPFIND', 'QUERY', 'GET', 'PUT'].map((method): Row => ({
    row: 58,
    input: method,
    ...raw((t) => ({ method, path: `/${t.json}` })),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
  })),
  {
    row: 58,
    input: 'CONNECT',
    ...raw(() => ({ method: 'CONNECT', path: 'example.org:443' })),
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    closes: true,
  },
  {
    row: 58,
    input: 'an unknown method',
    ...raw((t) => ({ method: 'FROB', path: `/${t.json}` })),
    status: 501,
    code: 'NOT_IMPLEMENTED',
    closes: true,
  },
  {
    row: 59,
    input: 'HTTP/1.0 without Host',
    ...raw((t) => ({ path: `/${t.json}`, headers: [JSON_TYPE], body: PAIR, httpVersion: '1.0' })),
    status: 400,
    code: 'BAD_REQUEST',
    closes: true,
  },
  {
    row: 59,
    input: 'HTTP/1.1 without Host',
    bytes: (t) => Buffer.from(`POST /${t.json} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n`),
    status: 400,
    closes: true,
  },
  {
    row: 59,
    input: 'a Host that is not ours',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [['Host', 'evil.example'], JSON_TYPE],
      body: PAIR,
    })),
    status: 421,
    code: 'HOST_NOT_ALLOWED',
  },
  {
    row: 59,
    input: 'HTTP/1.0 with a Host',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [['Host', 'localhost'], JSON_TYPE],
      body: PAIR,
      httpVersion: '1.0',
    })),
    status: 201,
    records: 1,
    closes: true,
  },
];

export const HTTP_ROWS: readonly Row[] = [...TOPICS, ...IDEMPOTENCY_KEYS, ...FRAMES];
