import { rawRequest, type RawRequest } from '@quicksilver/testkit/raw-http';

/** The topics of the table by their role; the names are new in each run. */
export interface MirrorTopics {
  readonly text: string;
  readonly integer: string;
  readonly long: string;
  readonly double: string;
  readonly json: string;
}

export interface MirrorRow {
  /** The row's number in the table of bad input. */
  readonly row: number;
  /** What is sent, in words. */
  readonly input: string;
  readonly bytes: (topics: MirrorTopics) => Buffer;
  readonly status: number;
  /** If the response is an error. */
  readonly code?: string;
  /** The whole body, if it is not. */
  readonly body?: string;
}

/** Keys of the text topic. The value of each is the key itself, as JSON. */
export const TEXT_KEYS: readonly string[] = [
  ...['plain', 'a/b', 'a%2Fb', '..', '../../etc/passwd', 'a b', 'a+b', 'x,y', '?q=1', '#h', ';'],
  // The same letter as one code point and as two.
  ...['caf\u00e9', 'cafe\u0301'],
  ...['keys', 'keys:batchGet', 'range', 'all', 'status', 'partitions', 'batchGet'],
  ...[
    '\u0000',
    'line\nfeed',
    'tab\tstop',
    '\r\nX-Injected: 1',
    '\u{1f680}',
    '\uffff',
    '',
    '"',
    '\\',
  ],
  ...['__proto__', 'constructor', 'toString', 'null', '1', '01'],
];

const get = (
  row: number,
  input: string,
  path: (topics: MirrorTopics) => string,
  answer: Pick<MirrorRow, 'status' | 'code' | 'body'>,
  request: Partial<RawRequest> = {},
): MirrorRow => ({
  row,
  input,
  bytes: (topics) => rawRequest({ path: path(topics), ...request }),
  ...answer,
});
const text = (segment: string) => (topics: MirrorTopics) =>
  `/topics/${topics.text}/keys/${segment}`;
const ok = (key: string) => ({ status: 200, body: JSON.stringify(key) });
const missing = { status: 404, code: 'KEY_NOT_FOUND' };
const bad = (code: string) => ({ status: 400, code });

const KEYS: readonly MirrorRow[] = [
  get(61, 'a/b as it is', text('a/b'), { status: 404, code: 'NOT_FOUND' }),
  get(61, 'a%2Fb', text('a%2Fb'), ok('a/b')),
  get(61, 'a%252Fb', text('a%252Fb'), ok('a%2Fb')),
  get(61, 'a%25252Fb', text('a%25252Fb'), missing),
  get(62, '..%2f..%2fetc%2fpasswd', text('..%2f..%2fetc%2fpasswd'), ok('../../etc/passwd')),
  get(62, '..%2f..%2fetc%2fshadow', text('..%2f..%2fetc%2fshadow'), missing),
  get(62, '..', text('..'), ok('..')),
  get(64, '%00', text('%00'), ok('\u0000')),
  get(64, '%0D%0AX-Injected:%201', text('%0D%0AX-Injected:%201'), ok('\r\nX-Injected: 1')),
  get(64, 'a line feed that does not exist', text('no%0Asuch%0Dkey'), missing),
  get(64, 'a tab', text('tab%09stop'), ok('tab\tstop')),
  get(65, 'é as one code point', text('caf%C3%A9'), ok('caf\u00e9')),
  get(65, 'é as two code points', text('cafe%CC%81'), ok('cafe\u0301')),
  get(66, '+ is itself', text('a+b'), ok('a+b')),
  get(66, '%20 is a space', text('a%20b'), ok('a b')),
  get(66, '%2B is a plus', text('a%2Bb'), ok('a+b')),
  get(66, 'a percent sign without its digits', text('%zz'), bad('BAD_REQUEST')),
  get(66, 'bytes that are not UTF-8', text('%ff'), bad('BAD_REQUEST')),
  get(66, 'half of a surrogate pair', text('%ED%A0%80'), bad('BAD_REQUEST')),
  get(66, 'no key at all', text(''), ok('')),
  ...['abc', '1.0', '01', '2147483648', '-2147483649', '-0', '+1', '1e3', '%201', ''].map((key) =>
    get(70, `integer key ${key}`, (t) => `/topics/${t.integer}/keys/${key}`, bad('BAD_KEY')),
  ),
  get(70, 'integer key 1', (t) => `/topics/${t.integer}/keys/1`, { status: 200, body: '"one"' }),
  ...['9223372036854775808', '0x10', '1_000', '%D9%A1'].map((key) =>
    get(70, `long key ${key}`, (t) => `/topics/${t.long}/keys/${key}`, bad('BAD_KEY')),
  ),
  get(70, 'the long 9007199254740993', (t) => `/topics/${t.long}/keys/9007199254740993`, {
    status: 200,
    body: '9007199254740993',
  }),
  get(70, 'the long 9007199254740992', (t) => `/topics/${t.long}/keys/9007199254740992`, missing),
  ...['NaN', 'Infinity', '1.0', '-0', '1e400', ''].map((key) =>
    get(70, `double key ${key}`, (t) => `/topics/${t.double}/keys/${key}`, bad('BAD_KEY')),
  ),
  get(72, 'a key of type JSON', (t) => `/topics/${t.json}/keys/%7B%22a%22%3A1%7D`, {
    status: 200,
    body: '"json"',
  }),
  get(72, 'it with another member', (t) => `/topics/${t.json}/keys/%7B%22b%22%3A1%7D`, missing),
  ...['%7B%22a%22', 'abc', '%7Ba%3A1%7D', ''].map((key) =>
    get(72, `JSON key ${key}`, (t) => `/topics/${t.json}/keys/${key}`, bad('BAD_KEY')),
  ),
  // A read has no such parameter, so nothing waits, and nothing is longer than it is.
  ...['-1', '99999999', 'NaN'].map((timeout) =>
    get(83, `timeout=${timeout}`, text(`plain?timeout=${timeout}`), ok('plain')),
  ),
  ...['keys', 'range', 'all', 'status', 'partitions', 'batchGet', '__proto__'].map((key) =>
    get(84, `a key named ${key}`, text(key), ok(key)),
  ),
  get(84, 'a key named keys:batchGet', text('keys:batchGet'), ok('keys:batchGet')),
];

const batch = (
  row: number,
  input: string,
  body: string | Buffer,
  answer: Pick<MirrorRow, 'status' | 'code' | 'body'>,
  role: keyof MirrorTopics = 'text',
): MirrorRow => ({
  row,
  input,
  bytes: (topics) =>
    rawRequest({
      path: `/topics/${topics[role]}/keys:batchGet`,
      headers: [['Content-Type', 'application/json']],
      body,
    }),
  ...answer,
});
const keys = (count: number): string =>
  JSON.stringify(Array.from({ length: count }, (_, at) => `none-${at}`));
const nulls = (count: number): string => `[\n${Array(count).fill('null').join('\n,')}\n]`;

const BATCHES: readonly MirrorRow[] = [
  batch(68, 'no keys', '[]', bad('EMPTY_BATCH')),
  batch(68, 'one key', '["plain"]', { status: 200, body: '[\n"plain"\n]' }),
  batch(68, '500 keys', keys(500), { status: 200, body: nulls(500) }),
  batch(68, '501 keys', keys(501), { status: 413, code: 'TOO_MANY_ITEMS' }),
  batch(68, 'a key several times', '["plain","none","plain","plain"]', {
    status: 200,
    body: '[\n"plain"\n,null\n,"plain"\n,"plain"\n]',
  }),
  batch(69, 'some keys that are missing', '["none","a/b","","none"]', {
    status: 200,
    body: '[\nnull\n,"a/b"\n,""\n,null\n]',
  }),
  batch(68, 'no body', '', bad('BODY_REQUIRED')),
  batch(68, 'broken JSON', '["plain"', bad('MALFORMED_JSON')),
  batch(68, 'an object', '{"keys":["plain"]}', bad('BAD_REQUEST')),
  batch(68, 'a number among text', '["plain",1]', bad('TYPE_MISMATCH')),
  batch(68, 'null among text', '["plain",null]', bad('TYPE_MISMATCH')),
  batch(68, 'half of a surrogate pair', '["\\ud800"]', bad('INVALID_UNICODE')),
  batch(68, 'bytes that are not UTF-8', Buffer.from('["\xff"]', 'latin1'), bad('INVALID_UTF8')),
  batch(68, 'nesting', `["${'['.repeat(9)}",${'['.repeat(65)}${']'.repeat(65)}]`, bad('TOO_DEEP')),
  batch(70, 'integer keys beyond their range', '[1,2147483648]', bad('OUT_OF_RANGE'), 'integer'),
  batch(70, 'text as integer key', '["1"]', bad('TYPE_MISMATCH'), 'integer'),
  batch(
    70,
    'long keys as numbers and as text',
    '[9007199254740993,"9007199254740993"]',
    {
      status: 200,
      body: '[\n9007199254740993\n,9007199254740993\n]',
    },
    'long',
  ),
  {
    row: 68,
    input: 'keys as text/plain',
    bytes: (topics) =>
      rawRequest({
        path: `/topics/${topics.text}/keys:batchGet`,
        headers: [['Content-Type', 'text/plain']],
        body: '["plain"]',
      }),
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
];

const list = (query: string) => (topics: MirrorTopics) => `/topics/${topics.text}/keys?${query}`;

const LISTS: readonly MirrorRow[] = [
  ...['0', '-1', '1e9', '1001', 'abc', 'NaN', '', '1.5', '01', '%201'].map((limit) =>
    get(76, `limit=${limit}`, list(`limit=${limit}`), bad('BAD_REQUEST')),
  ),
  get(76, 'two limits', list('limit=1&limit=2'), bad('BAD_REQUEST')),
  ...['abc', '', 'AAAAAAAAAAAAAAAAAAAAAAAA', '%00', '..%2F..', 'a'.repeat(8_000)].map((cursor) =>
    get(78, `cursor=${cursor.slice(0, 30)}`, list(`cursor=${cursor}`), bad('BAD_CURSOR')),
  ),
  ...['9', '-1', 'x', '', '0,', '0,9'].map((partitions) =>
    get(76, `partitions=${partitions}`, list(`partitions=${partitions}`), bad('BAD_REQUEST')),
  ),
  get(80, 'a range', (t) => `/topics/${t.text}/range/plain?from=1&to=2`, bad('NO_RANGE_INDEX')),
];

const position = (
  input: string,
  value: string,
  answer: Pick<MirrorRow, 'status' | 'code' | 'body'>,
): MirrorRow =>
  get(82, `position ${input}`, text('plain'), answer, {
    headers: [['X-Quick-Min-Position', value]],
  });

const POSITIONS: readonly MirrorRow[] = [
  ...['abc', '', '0', '0:', ':5', '0:1,', '0:-1', '0:1.5', '0:1e3', '0:9223372036854775808'].map(
    (value) => position(value === '' ? 'of no text' : value, value, bad('BAD_POSITION')),
  ),
  position('in a partition that is not', '7:0', bad('BAD_POSITION')),
  position('in another topic of the name', '0:0,1:0,2:0@AAAAAAAAAAAAAAAAAAAAAA', {
    status: 409,
    code: 'TOPIC_RECREATED',
  }),
  position(
    'in the far future',
    '0:9223372036854775807,1:9223372036854775807,2:9223372036854775807',
    {
      status: 504,
      code: 'POSITION_NOT_REACHED',
    },
  ),
];

const TOPICS: readonly MirrorRow[] = [
  ...['..', '.', 'a%2Fb', '%00', 't'.repeat(250), 'not-mirrored'].map((topic) =>
    get(45, `topic ${topic.slice(0, 20)}`, () => `/topics/${topic}/keys/k`, {
      status: 404,
      code: 'TOPIC_NOT_FOUND',
    }),
  ),
  get(45, 'an internal topic', () => '/topics/__consumer_offsets/keys/k', {
    status: 403,
    code: 'INTERNAL_TOPIC',
  }),
  get(85, 'PUT', text('plain'), { status: 405, code: 'METHOD_NOT_ALLOWED' }, { method: 'PUT' }),
  get(
    85,
    'OPTIONS',
    text('plain'),
    { status: 405, code: 'METHOD_NOT_ALLOWED' },
    { method: 'OPTIONS' },
  ),
  get(85, 'GET of a batch', (t) => `/topics/${t.text}/keys:batchGet`, {
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
  }),
  get(85, 'Accept: text/html', text('plain'), ok('plain'), {
    headers: [['Accept', 'text/html']],
  }),
  get(85, 'If-None-Match with garbage', text('plain'), ok('plain'), {
    headers: [['If-None-Match', '"\u00ff,,W/']],
  }),
  get(56, 'a key of 17 kB', text('k'.repeat(17_000)), { status: 431, code: 'HEADERS_TOO_LARGE' }),
];

export const MIRROR_ROWS: readonly MirrorRow[] = [
  ...KEYS,
  ...BATCHES,
  ...LISTS,
  ...POSITIONS,
  ...TOPICS,
];
