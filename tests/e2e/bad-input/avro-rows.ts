const NODE = { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] };

/** Schemas by the subject that they are registered as. */
export const AVRO_SCHEMAS = {
  order: {
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'number', type: 'long' },
      { name: 'day', type: { type: 'int', logicalType: 'date' }, default: 0 },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' }, default: 0 },
      {
        name: 'total',
        type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }],
        default: null,
      },
      {
        name: 'state',
        type: { type: 'enum', name: 'State', symbols: ['OPEN', 'PAID'] },
        default: 'OPEN',
      },
      { name: 'code', type: ['null', { type: 'fixed', name: 'Code', size: 2 }], default: null },
      { name: 'proof', type: 'bytes', default: '' },
      {
        name: 'shape',
        type: [
          'null',
          { type: 'record', name: 'Circle', fields: [{ name: 'size', type: 'int' }] },
          { type: 'record', name: 'Square', fields: [{ name: 'size', type: 'int' }] },
        ],
        default: null,
      },
    ],
  },
  numbers: { type: 'array', items: 'int' },
  nothings: { type: 'array', items: 'null' },
  node: NODE,
} as const;

export interface AvroWriteRow {
  readonly row: number;
  readonly input: string;
  /** JSON of the members of an `Order` beside its number, or of all of them. */
  readonly json: string;
  /** The path and the reason in the response; undefined if the value is written. */
  readonly says?: string;
}

export const AVRO_WRITE_ROWS: readonly AvroWriteRow[] = [
  {
    row: 35,
    input: 'a field is missing',
    json: '{"day":1}',
    says: 'value.number: the field is missing',
  },
  {
    row: 36,
    input: 'a field more',
    json: '{"number":1,"colour":"red"}',
    says: 'value.colour: the record Order has no such field',
  },
  {
    row: 37,
    input: 'two branches of a union fit',
    json: '{"number":1,"shape":{"size":1}}',
    says: 'value.shape: the value matches Circle and Square',
  },
  {
    row: 37,
    input: 'a symbol that the enum does not have',
    json: '{"number":1,"state":"LOST"}',
    says: 'value.state: expected one of OPEN, PAID, found "LOST"',
  },
  {
    row: 37,
    input: 'fixed of another length',
    json: '{"number":1,"code":"AAAA"}',
    says: 'value.code: expected 2 bytes in base64',
  },
  {
    row: 37,
    input: 'bytes that are no base64',
    json: '{"number":1,"proof":"a-b"}',
    says: 'value.proof: expected bytes in base64',
  },
  {
    row: 38,
    input: 'a date beyond 32 bits',
    json: '{"number":1,"day":2147483648}',
    says: 'value.day: expected a whole number of 32 bits',
  },
  {
    row: 38,
    input: 'a date as text',
    json: '{"number":1,"day":"2026-02-30"}',
    says: 'value.day: expected a whole number of 32 bits',
  },
  {
    row: 38,
    input: 'a decimal of too many digits',
    json: '{"number":1,"total":100.00}',
    says: 'value.total: expected a number of at most 4 digits, 2 of them after the decimal point',
  },
  {
    row: 38,
    input: 'microseconds beyond 64 bits',
    json: '{"number":1,"at":9223372036854775808}',
    says: 'value.at: expected a whole number of 64 bits',
  },
  {
    row: 38,
    input: 'microseconds beyond 2^53 keep their digits',
    json: '{"number":1,"at":9007199254740993}',
  },
  ...['9223372036854775807', '-9223372036854775808', '9007199254740993'].map((number) => ({
    row: 39,
    input: `a long of ${number} keeps its digits`,
    json: `{"number":${number}}`,
  })),
  {
    row: 39,
    input: 'a long beyond 64 bits',
    json: '{"number":9223372036854775808}',
    says: 'value.number: expected a whole number of 64 bits',
  },
];

export interface AvroPoisonRow {
  readonly row: number;
  readonly record: string;
  readonly schema: keyof typeof AVRO_SCHEMAS;
  /** Hexadecimal, behind the schema's id. */
  readonly bytes: string;
}

/** 1, and the defaults of all other fields. */
export const GOOD_ORDER = '02 00 00 00 00 00 00 00';

export const AVRO_POISON_ROWS: readonly AvroPoisonRow[] = [
  { row: 130, record: 'a record that ends early', schema: 'order', bytes: '02 00 00' },
  { row: 130, record: 'bytes behind a record', schema: 'order', bytes: `${GOOD_ORDER} 00` },
  { row: 130, record: 'a list that ends early', schema: 'numbers', bytes: '08 02' },
  {
    row: 130,
    record: 'a list of -2^63 items',
    schema: 'numbers',
    bytes: 'ffffffffffffffffff01 00',
  },
  {
    row: 130,
    record: 'a list of 2^62 items of no bytes',
    schema: 'nothings',
    bytes: 'feffffffffffffffff01 00',
  },
  {
    row: 130,
    record: 'a block that is larger than the record',
    schema: 'numbers',
    bytes: '01 7e 02',
  },
  {
    row: 132,
    record: 'a record of 200,000 levels',
    schema: 'node',
    bytes: `${'02'.repeat(200_000)}00`,
  },
];
