import { JSON_TYPE, pair, post, postHead, raw, type Row, type RowTopics } from './row.ts';

const MIB = 1_048_576;
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const items = (count: number): string =>
  `[${Array(count).fill('{"key":"k","value":1}').join(',')}]`;
const BODIES: readonly Row[] = [
  { row: 1, input: 'an empty body', ...post('json', ''), status: 400, code: 'BODY_REQUIRED' },
  {
    row: 1,
    input: 'no body and no content type',
    ...raw((t) => ({ method: 'POST', path: `/${t.json}` })),
    status: 400,
    code: 'BODY_REQUIRED',
  },
  {
    row: 2,
    input: 'truncated JSON',
    ...post('json', '{"key":1,'),
    status: 400,
    code: 'MALFORMED_JSON',
  },
  {
    row: 3,
    input: 'JSON as text/plain',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [['Content-Type', 'text/plain']],
      body: '{"key":"k","value":1}',
    })),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    row: 4,
    input: 'no content type',
    ...raw((t) => ({ path: `/${t.json}`, body: '{"key":"k","value":1}' })),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    row: 5,
    input: 'charset=latin1, which would store é as another character',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [['Content-Type', 'application/json; charset=latin1']],
      body: Buffer.from('{"key":"\u00c3\u00a9","value":1}', 'latin1'),
    })),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    row: 5,
    input: 'the byte E9',
    ...post('json', Buffer.from('{"key":"\u00e9","value":1}', 'latin1')),
    status: 400,
    code: 'INVALID_UTF8',
  },
  {
    row: 7,
    input: 'half a surrogate pair in the key',
    ...pair('json', '"\\ud800"', '1'),
    status: 400,
    code: 'INVALID_UNICODE',
  },
  {
    row: 7,
    input: 'half a surrogate pair in the value',
    ...pair('json', '"k"', '{"a":"\\uDFFF"}'),
    status: 400,
    code: 'INVALID_UNICODE',
  },
  {
    row: 7,
    input: 'half a surrogate pair as UTF-8 bytes',
    ...post('json', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
    status: 400,
    code: 'INVALID_UTF8',
  },
  {
    row: 8,
    input: 'a byte order mark',
    ...post('json', '\ufeff{"key":"k","value":1}'),
    status: 400,
    code: 'MALFORMED_JSON',
  },
  { row: 12, input: '65 levels', ...post('json', nested(65)), status: 400, code: 'TOO_DEEP' },
  {
    row: 12,
    input: '10,000 levels in a value',
    ...pair('json', '"k"', nested(10_000)),
    status: 400,
    code: 'TOO_DEEP',
  },
  {
    row: 12,
    input: '100,000 levels',
    ...post('json', nested(100_000)),
    status: 400,
    code: 'TOO_DEEP',
  },
  {
    row: 12,
    input: '100,000 levels that never close',
    ...post('json', '{"a":'.repeat(100_000)),
    status: 400,
    code: 'TOO_DEEP',
  },
  {
    row: 13,
    input: 'a Content-Length of 1 MiB and a byte, before any of it is sent',
    bytes: (t) => Buffer.from(`${postHead(t.json, `Content-Length: ${MIB + 1}`)}\r\n\r\n`),
    status: 413,
    code: 'BODY_TOO_LARGE',
    closes: true,
  },
  {
    row: 14,
    input: '1 MiB and a byte in chunks',
    bytes: (t) =>
      Buffer.from(
        `${postHead(t.json, 'Transfer-Encoding: chunked')}\r\n\r\n${'10000\r\n'.concat(' '.repeat(65_536), '\r\n').repeat(16)}1\r\n \r\n`,
      ),
    status: 413,
    code: 'BODY_TOO_LARGE',
    closes: true,
  },
  {
    row: 15,
    input: 'a compressed body',
    ...raw((t) => ({
      path: `/${t.json}`,
      headers: [JSON_TYPE, ['Content-Encoding', 'gzip']],
      body: Buffer.from('1f8b0800000000000003', 'hex'),
    })),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
];

const BATCHES: readonly Row[] = [
  {
    row: 16,
    input: '10,001 items',
    ...post('json', items(10_001)),
    status: 413,
    code: 'TOO_MANY_ITEMS',
  },
  { row: 17, input: 'an empty batch', ...post('json', '[]'), status: 400, code: 'EMPTY_BATCH' },
  {
    row: 18,
    input: 'a batch with one bad item',
    ...post('json', '[{"key":"a","value":1},{"key":2,"value":1},{"key":"c","value":1}]'),
    status: 207,
    records: 2,
    says: '"errorCode":"TYPE_MISMATCH"',
  },
  {
    row: 18,
    input: 'a batch of bad items only',
    ...post('json', '[{"key":2,"value":1},{"value":1}]'),
    status: 400,
    code: 'TYPE_MISMATCH',
    says: '"errorCode":"KEY_REQUIRED"',
  },
  {
    row: 19,
    input: 'the same key twice in one batch',
    ...post('json', items(2)),
    status: 201,
    records: 2,
  },
  {
    row: 19,
    input: 'the same key twice in one batch for an immutable topic',
    ...post('immutable', '[{"key":"twice","value":"1"},{"key":"twice","value":"2"}]'),
    status: 207,
    records: 1,
    says: '"errorCode":"KEY_EXISTS"',
  },
  { row: 20, input: 'no key', ...post('json', '{"value":1}'), status: 400, code: 'KEY_REQUIRED' },
  { row: 21, input: 'a null key', ...pair('json', 'null', '1'), status: 400, code: 'KEY_REQUIRED' },
  {
    row: 22,
    input: 'an empty text as key',
    ...pair('json', '""', '1'),
    status: 400,
    code: 'KEY_REQUIRED',
  },
  {
    row: 23,
    input: 'a null value',
    ...pair('json', '"k"', 'null'),
    status: 400,
    code: 'NULL_VALUE',
    says: 'use DELETE',
  },
  {
    row: 24,
    input: 'no value',
    ...post('json', '{"key":"k"}'),
    status: 400,
    code: 'VALUE_REQUIRED',
  },
  {
    row: 25,
    input: 'a key of 65,537 bytes',
    ...pair('json', `"${'k'.repeat(65_537)}"`, '1'),
    status: 413,
    code: 'KEY_TOO_LARGE',
  },
  {
    row: 25,
    input: 'a key of 65,536 bytes',
    ...pair('json', `"${'k'.repeat(65_536)}"`, '1'),
    status: 201,
    records: 1,
  },
];

const refusedNumbers = (
  row: number,
  role: keyof RowTopics,
  code: string,
  numbers: readonly string[],
): readonly Row[] =>
  numbers.flatMap((number) => [
    { row, input: `${number} as ${role} key`, ...pair(role, number, '1'), status: 400, code },
    { row, input: `${number} as ${role} value`, ...pair(role, '1', number), status: 400, code },
  ]);

const NUMBERS: readonly Row[] = [
  ...refusedNumbers(27, 'integer', 'OUT_OF_RANGE', ['2147483648', '-2147483649']),
  ...refusedNumbers(28, 'integer', 'TYPE_MISMATCH', ['1.5', '"1"', '1e-3']),
  ...refusedNumbers(28, 'integer', 'MALFORMED_JSON', ['01']),
  ...refusedNumbers(30, 'long', 'OUT_OF_RANGE', [
    '"9223372036854775808"',
    '"-9223372036854775809"',
  ]),
  ...refusedNumbers(30, 'long', 'TYPE_MISMATCH', [
    '"0x10"',
    '" 1"',
    '"1_000"',
    '"١٢"',
    '1.5',
    '"1e3"',
  ]),
  ...refusedNumbers(32, 'double', 'MALFORMED_JSON', ['NaN', 'Infinity']),
  ...refusedNumbers(32, 'double', 'TYPE_MISMATCH', ['"NaN"', '"1.5"']),
  ...refusedNumbers(32, 'double', 'OUT_OF_RANGE', ['1e400', '5e-325']),
];

export const BODY_ROWS: readonly Row[] = [...BODIES, ...BATCHES, ...NUMBERS];
