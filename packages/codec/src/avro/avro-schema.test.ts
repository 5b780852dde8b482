import avsc, { type Schema } from 'avsc';
import { describe, expect, test } from 'vitest';

import { AppError } from '@quicksilver/common/errors/app-error';
import { parseAvroSchema } from './avro-schema.ts';

const read = (schema: Schema, bytes: Buffer): string =>
  parseAvroSchema(JSON.stringify(schema)).read(bytes, 0);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const record = (name: string, ...fields: [string, Schema][]): Schema => ({
  type: 'record',
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
});

function codeOf(act: () => unknown): string {
  try {
    return `read ${String(act())}`;
  } catch (error) {
    return error instanceof AppError ? error.code : `unexpected ${String(error)}`;
  }
}

describe('values of Avro are the JSON that a client expects', () => {
  test.each<[string, Schema, string, string]>([
    [
      'the longest whole number, with all its digits',
      'long',
      'feffffffffffffffff01',
      '9223372036854775807',
    ],
    ['the smallest whole number', 'long', 'ffffffffffffffffff01', '-9223372036854775808'],
    ['2^53 + 1', 'long', '82808080808080 20', '9007199254740993'],
    ['a 32-bit float as the shortest text that means it', 'float', 'cdcccc3d', '0.1'],
    ['the largest 32-bit float', 'float', 'ffff7f7f', '3.4028234663852886e+38'],
    ['no number, as Avro’s own JSON has it', 'double', '000000000000f87f', '"NaN"'],
    ['bytes as base64', 'bytes', '06 ff00fe', '"/wD+"'],
    ['fixed bytes as base64', { type: 'fixed', name: 'F', size: 2 }, 'ff00', '"/wA="'],
    ['the name of an enum’s symbol', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, '02', '"B"'],
    ['a union without the name of its branch', ['null', 'string'], '02 02 61', '"a"'],
    ['null of a union', ['null', 'string'], '00', 'null'],
    [
      'a list of several blocks, one with its size',
      { type: 'array', items: 'int' },
      '02 02 01 02 04 00',
      '[1,2]',
    ],
    [
      'a map; of a key that comes twice the last value',
      { type: 'map', values: 'int' },
      '04 02 61 02 02 61 04 00',
      '{"a":2}',
    ],
    [
      'a decimal as a number with its digits',
      { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
      '04 ff85',
      '-1.23',
    ],
    [
      'a decimal that is smaller than one',
      {
        type: 'fixed',
        name: 'D',
        size: 2,
        logicalType: 'decimal',
        precision: 4,
        scale: 3,
      },
      '0005',
      '0.005',
    ],
    ['milliseconds as they are', { type: 'long', logicalType: 'timestamp-millis' }, '02', '1'],
    [
      'a text with quotes, line breaks and no name of a member that could harm',
      record('R', ['__proto__', 'string']),
      '06 220a5c',
      '{"__proto__":"\\"\\n\\\\"}',
    ],
    ['a record without members', record('R'), '', '{}'],
  ])('%s', (_title, schema, bytes, json) => {
    expect(read(schema, hex(bytes))).toBe(json);
  });
});

describe('bytes that are not a value of the schema are rejected', () => {
  const node = record('Node', ['next', ['null', 'Node']]);
  test.each<[string, Schema, Buffer]>([
    ['too short', record('R', ['a', 'long'], ['b', 'string']), hex('02')],
    ['longer than the value', 'int', hex('02 02')],
    ['a string longer than the bytes', 'string', hex('08 61')],
    ['a string of negative length', 'string', hex('01')],
    ['a string that is no UTF-8', 'string', hex('02 ff')],
    ['a number of more than 64 bits', 'long', hex('ffffffffffffffffff03')],
    ['a number of more than ten bytes', 'long', hex('ffffffffffffffffffff01')],
    ['a number of more than 32 bits', 'int', hex('808080808001')],
    ['a boolean that is neither', 'boolean', hex('02')],
    ['a branch that the union does not have', ['null', 'string'], hex('04')],
    [
      'a symbol that the enum does not have',
      { type: 'enum', name: 'E', symbols: ['A'] },
      hex('01'),
    ],
    ['2^62 items of no bytes', { type: 'array', items: 'null' }, hex('feffffffffffffffff01 00')],
    ['-2^63 items', { type: 'array', items: 'int' }, hex('ffffffffffffffffff01 00')],
    ['a block that is larger than the bytes', { type: 'array', items: 'int' }, hex('01 7e 02')],
    ['200,000 records in each other', node, Buffer.alloc(200_001, 2)],
    [
      'a decimal of no bytes',
      { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 0 },
      hex('00'),
    ],
  ])('%s', (_title, schema, bytes) => {
    expect(codeOf(() => read(schema, bytes))).toBe('TYPE_MISMATCH');
  });

  test('a few bytes do not become many megabytes of JSON', () => {
    const items = hex('feffffffffffffffff0100');
    const longName = record('R', ['n'.repeat(10_000), 'null']);
    for (const schema of [
      { type: 'array', items: 'null' },
      { type: 'array', items: longName },
    ]) {
      expect(() => read(schema as Schema, items)).toThrow(/more than 1059840 characters as JSON/);
    }
    const many = Buffer.concat([hex('c09a0c'), Buffer.alloc(100_000), hex('00')]);
    expect(read({ type: 'array', items: 'int' }, many)).toBe(`[${'0,'.repeat(99_999)}0]`);
  });

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['no type', '{"type":"nonsense"}'],
    ['a name that would be code', '{"type":"record","name":"a(){}","fields":[]}'],
    ['a name that nothing has', '["com.shop.Order"]'],
    [
      'a schema of a megabyte',
      JSON.stringify({ type: 'enum', name: 'E', symbols: ['A'.repeat(1_000_000)] }),
    ],
    [
      'a schema of a thousand levels',
      `${'{"type":"array","items":'.repeat(1_000)}"int"${'}'.repeat(1_000)}`,
    ],
  ])('a schema that is %s', (_title, text) => {
    expect(codeOf(() => parseAvroSchema(text))).toBe('TYPE_MISMATCH');
  });
});

describe('records have their names if the option is set', () => {
  const order = { ...(record('Order', ['total', 'long']) as object), namespace: 'com.shop' };
  const refund = record(
    'Refund',
    ['reason', ['null', 'string']],
    ['of', 'com.shop.Order'],
  ) as object;

  test('the name without its namespace comes first, at every level', () => {
    const bytes = avsc.Type.forSchema([order, refund] as Schema, {
      wrapUnions: true,
    }).toBuffer({ Refund: { reason: null, of: { total: 7 } } });
    const texts = [JSON.stringify(order), JSON.stringify(refund)];
    const schema = parseAvroSchema('["com.shop.Order","Refund"]', texts);
    expect(schema.readNamed(bytes, 0)).toBe(
      '{"__typename":"Refund","reason":null,"of":{"__typename":"Order","total":7}}',
    );
    expect(schema.read(bytes, 0)).toBe('{"reason":null,"of":{"total":7}}');
  });

  test('a member of the record’s own with that name stands', () => {
    const schema = parseAvroSchema(JSON.stringify(record('R', ['__typename', 'string'])));
    expect(schema.readNamed(hex('0258'), 0)).toBe('{"__typename":"X"}');
  });
});

describe('a written value matches the schema exactly, or is rejected with its path', () => {
  const item = record('Item', ['name', 'string'], ['count', 'int']);
  const order = record(
    'Order',
    ['items', { type: 'array', items: item }],
    ['note', ['null', 'string']],
  );
  const decimal: Schema = { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 };
  const shapes: Schema = [
    record('Circle', ['size', 'int']),
    record('Square', ['size', 'int']),
    record('Line', ['from', 'int'], ['to', 'int']),
  ] as Schema;
  const optional: Schema = {
    type: 'record',
    name: 'Optional',
    fields: [
      { name: 'a', type: ['null', 'long'], default: null },
      { name: 'b', type: 'int', default: 7 },
    ],
  };

  test.each<[string, Schema, string, string]>([
    ['a record within a list', order, '{"items":[{"name":"a","count":1}],"note":null}', ''],
    ['a field with a default may be missing', optional, '{}', '{"a":null,"b":7}'],
    ['the longest whole number', 'long', '9223372036854775807', ''],
    ['the smallest', 'long', '-9223372036854775808', ''],
    ['a decimal with fewer digits', decimal, '-1.5', '-1.50'],
    ['a decimal with an exponent', decimal, '-1.50000E+1', '-15.00'],
    ['a decimal of zero', decimal, '-0e99', '0.00'],
    ['a whole number with an exponent', 'long', '9.007199254740993e15', '9007199254740993'],
    ['a whole number with zeros behind the point', 'int', '-1000.0', '-1000'],
    ['a record that its fields identify', shapes, '{"from":1,"to":2}', ''],
    ['a record that its name identifies', shapes, '{"__typename":"Square","size":2}', '{"size":2}'],
    ['no number', 'double', '"NaN"', ''],
  ])('%s', (_title, schema, json, read) => {
    const parsed = parseAvroSchema(JSON.stringify(schema));
    expect(parsed.read(parsed.write(json), 0)).toBe(read === '' ? json : read);
  });

  test.each<[string, Schema, string, RegExp]>([
    [
      'a missing field (row 35)',
      order,
      '{"items":[{"name":"a"}],"note":null}',
      /^value\.items\[0\]\.count: the field is missing/,
    ],
    [
      'a field more (row 36)',
      order,
      '{"items":[],"note":null,"extra":1}',
      /^value\.extra: the record Order has no such field/,
    ],
    [
      'a field twice',
      order,
      '{"items":[],"items":[],"note":null}',
      /^value\.items: the member occurs twice/,
    ],
    [
      'a branch that none is (row 37)',
      order,
      '{"items":[],"note":1}',
      /^value\.note: expected a string/,
    ],
    [
      'what none of several branches is',
      ['null', 'string', 'boolean'],
      '1',
      /^value: expected one of null, string, boolean, found 1/,
    ],
    [
      'null if no branch is null',
      ['string', 'boolean'],
      'null',
      /^value: expected one of string, boolean, found null/,
    ],
    ['two branches that fit', shapes, '{"size":1}', /^value: the value matches Circle and Square/],
    [
      'a name that no branch has',
      shapes,
      '{"__typename":"Cube","size":1}',
      /^value: expected one of Circle/,
    ],
    [
      'another name than the record’s',
      item,
      '{"__typename":"Cube","name":"a","count":1}',
      /^value\.__typename: expected "Item"/,
    ],
    [
      'a symbol that the enum does not have',
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      '"C"',
      /expected one of A, B, found "C"/,
    ],
    [
      'fixed of another length',
      { type: 'fixed', name: 'F', size: 2 },
      '"AAAA"',
      /expected 2 bytes in base64/,
    ],
    ['bytes that are no base64', 'bytes', '"a-b"', /expected bytes in base64/],
    ['a decimal of too many digits (row 38)', decimal, '100.00', /at most 4 digits/],
    ['a decimal that would be rounded', decimal, '1.005', /2 of them after the decimal point/],
    ['a whole number with a fraction', 'int', '1.5', /whole number of 32 bits/],
    ['a whole number beyond 32 bits', 'int', '2147483648', /whole number of 32 bits/],
    ['a whole number beyond 64 bits', 'long', '9223372036854775808', /whole number of 64 bits/],
    ['a whole number as text', 'long', '"1"', /whole number of 64 bits/],
    ['a float beyond 32 bits', 'float', '1e39', /32-bit float/],
    ['a number beyond 64 bits', 'double', '1e400', /64-bit float/],
    ['a number that would be zero', 'double', '1e-400', /64-bit float/],
    ['a float that would be zero', 'float', '1e-50', /32-bit float/],
    ['a decimal without measure', decimal, '1e999999999', /at most 4 digits/],
    ['half of a surrogate pair', 'string', '"\\ud800"', /valid Unicode/],
  ])('%s', (_title, schema, json, says) => {
    let failure: unknown;
    try {
      parseAvroSchema(JSON.stringify(schema)).write(json);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(says) as string,
    });
  });

  test('unions in unions are walked once: 60 levels of two records that look alike take no time', () => {
    const node = (name: string): object => ({
      type: 'record',
      name,
      fields: [
        { name: 'next', type: ['null', 'A', 'B'] },
        { name: name.toLowerCase(), type: 'int' },
      ],
    });
    const schema = parseAvroSchema('["A","B"]', [
      JSON.stringify(node('A')).replace('"B"', JSON.stringify(node('B'))),
    ]);
    const json = Array.from({ length: 60 }).reduce<string>(
      (inner) => `{"next":${inner},"b":1}`,
      '{"next":null,"c":1}',
    );
    const start = performance.now();
    expect(() => schema.write(json)).toThrow(AppError);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('a schema’s fingerprint', () => {
  const of = (schema: Schema, ...referred: Schema[]): string =>
    parseAvroSchema(
      JSON.stringify(schema),
      referred.map((each) => JSON.stringify(each)),
    ).fingerprint;
  const decimal = (scale: number, precision = 9): Schema => ({
    type: 'bytes',
    logicalType: 'decimal',
    precision,
    scale,
  });
  const money = { type: 'record', name: 'com.Money', fields: [{ name: 'a', type: 'long' }] };

  test('is the same if bytes read as the same JSON, in any notation', () => {
    expect(
      of({
        type: 'record',
        namespace: 'com',
        name: 'Money',
        doc: 'an amount',
        aliases: ['Sum'],
        fields: [{ name: 'a', type: { type: 'long' }, doc: 'cents', default: 1, aliases: ['b'] }],
      } as unknown as Schema),
    ).toBe(of(money as Schema));
    expect(of({ type: 'array', items: 'com.Money' }, money as Schema)).toBe(
      of({ type: 'array', items: money } as Schema),
    );
    expect(of(decimal(2, 10))).toBe(of(decimal(2)));
  });

  test('differs if any bytes may read as other JSON', () => {
    const item: Schema = record('Item', ['a', 'long'], ['next', ['null', 'Item']]);
    const schemas: Schema[] = [
      'long',
      'int',
      'bytes',
      decimal(2),
      decimal(3),
      { type: 'fixed', name: 'F', size: 2 },
      { type: 'fixed', name: 'F', size: 3 },
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      { type: 'enum', name: 'E', symbols: ['B', 'A'] },
      ['null', 'string'],
      ['string', 'null'],
      { type: 'array', items: 'long' },
      { type: 'map', values: 'long' },
      item,
      record('Item', ['a', 'long'], ['next', ['Item', 'null']]),
      record('Item', ['b', 'long'], ['next', ['null', 'Item']]),
      record('Other', ['a', 'long'], ['next', ['null', 'Other']]),
    ];
    expect(new Set(schemas.map((schema) => of(schema))).size).toBe(schemas.length);
  });
});
