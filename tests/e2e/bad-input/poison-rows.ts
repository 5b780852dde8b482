export interface PoisonRow {
  /** The row's number in the table of bad input. */
  readonly row: number;
  readonly record: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** If the record is poison. */
  readonly reason?: string;
  /** What the key `kept`, which was `"kept"` before, has afterwards; undefined if it is gone. */
  readonly after: string | undefined;
}

const keyBytes = Buffer.from('kept');
const KEPT = '"kept"';
const json = (text: string): Buffer => Buffer.from(text);
const poison = (row: number, record: string, value: Buffer): PoisonRow => ({
  row,
  record: `${record} is poison, and the key keeps what it had`,
  key: keyBytes,
  value,
  reason: 'BAD_VALUE',
  after: KEPT,
});
const plain = (row: number, record: string, text: string): PoisonRow => ({
  row,
  record: `${record} is plain data`,
  key: keyBytes,
  value: json(text),
  after: text,
});

/** Records of a topic with STRING keys and JSON values. */
export const POISON_ROWS: readonly PoisonRow[] = [
  poison(128, 'a value of no bytes', Buffer.alloc(0)),
  poison(128, 'a value of one byte', Buffer.from([0])),
  poison(134, 'JSON that is not UTF-8', Buffer.from([0x22, 0xff, 0x22])),
  poison(134, 'NaN', json('{"a":NaN}')),
  poison(134, 'JSON that ends early', json('{"a":')),
  poison(134, 'JSON of 100,000 levels', json('['.repeat(100_000) + ']'.repeat(100_000))),
  plain(134, 'a member twice', '{"a":1,"a":2}'),
  plain(134, '__proto__', '{"__proto__":{"admin":true}}'),
  {
    row: 135,
    record: 'a value without a key is poison',
    key: null,
    value: json('1'),
    reason: 'NULL_KEY',
    after: KEPT,
  },
  { row: 135, record: 'neither key nor value means nothing', key: null, value: null, after: KEPT },
  {
    row: 135,
    record: 'an empty key is a key',
    key: Buffer.alloc(0),
    value: json('1'),
    after: KEPT,
  },
  {
    row: 136,
    record: 'a key that cannot be read, with a fine value, is poison',
    key: Buffer.from([0xc3, 0x28]),
    value: json('1'),
    reason: 'BAD_KEY',
    after: KEPT,
  },
  {
    row: 138,
    record: 'a tombstone of an unknown key',
    key: json('unknown'),
    value: null,
    after: KEPT,
  },
  { row: 138, record: 'a tombstone removes the key', key: keyBytes, value: null, after: undefined },
  plain(138, 'the same value again', KEPT),
];
