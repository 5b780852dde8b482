import { describe, expect, test } from 'vitest';

import { parseProtoSchema } from './proto-schema.ts';

const PLAIN = { recordNames: false };
const schemaOf = (body: string, syntax = 'proto3') =>
  parseProtoSchema(`syntax = "${syntax}"; package shop; ${IMPORTS} ${body}`);
const IMPORTS = [
  'google/protobuf/any.proto',
  'google/protobuf/duration.proto',
  'google/protobuf/empty.proto',
  'google/protobuf/field_mask.proto',
  'google/protobuf/struct.proto',
  'google/protobuf/timestamp.proto',
  'google/protobuf/wrappers.proto',
  'google/type/money.proto',
  'confluent/meta.proto',
  'confluent/type/decimal.proto',
]
  .map((file) => `import "${file}";`)
  .join(' ');

/** The JSON of a message's bytes in hexadecimal, after the short index of the first message. */
const readHex = (body: string, hex: string, syntax = 'proto3'): string =>
  schemaOf(body, syntax)
    .read(Buffer.from(`00${hex}`, 'hex'), 0, PLAIN)
    .toString();
const roundTrip = (body: string, json: string, syntax = 'proto3'): string => {
  const schema = schemaOf(body, syntax);
  return schema.read(schema.write(json), 0, PLAIN).toString();
};

describe('a value of one field is written, and read as the same JSON', () => {
  test.each([
    ['int64', '9007199254740993'],
    ['int64', '-9223372036854775808'],
    ['int64', '-1'],
    ['uint64', '18446744073709551615'],
    ['sint64', '-9223372036854775808'],
    ['sint64', '9223372036854775807'],
    ['sint64', '-4294967296'],
    ['fixed64', '18446744073709551615'],
    ['sfixed64', '-9223372036854775808'],
    ['int32', '-2147483648'],
    ['uint32', '4294967295'],
    ['sint32', '-2147483648'],
    ['fixed32', '4294967295'],
    ['sfixed32', '-2147483648'],
    ['double', '5e-324'],
    ['double', '"NaN"'],
    ['double', '"-Infinity"'],
    ['float', '0.1'],
    ['float', '3.4028234663852886e+38'],
    ['bool', 'true'],
    ['string', '"a\\"\\\\\\n\\u0000é😀\\u2028"'.replace('\\u2028', '\u2028')],
    ['bytes', '"AP8="'],
    ['google.protobuf.Timestamp', '"1969-12-31T23:59:59.999999999Z"'],
    ['google.protobuf.Timestamp', '"0001-01-01T00:00:00Z"'],
    ['google.protobuf.Timestamp', '"9999-12-31T23:59:59.120Z"'],
    ['google.protobuf.Duration', '"-0.500s"'],
    ['google.protobuf.Duration', '"315576000000s"'],
    ['google.protobuf.FieldMask', '"user.displayName,photo"'],
    ['google.protobuf.Struct', '{"a":[1,"x",true,null,{"b":{}}],"c":-1.5}'],
    ['google.protobuf.Value', 'null'],
    ['google.protobuf.Value', '[[],{}]'],
    ['google.protobuf.ListValue', '[null,1]'],
    ['google.protobuf.Empty', '{}'],
    ['google.protobuf.Int64Value', '9007199254740993'],
    ['google.protobuf.BoolValue', 'false'],
    ['google.protobuf.StringValue', '""'],
    ['google.protobuf.Any', '{"@type":"type.googleapis.com/shop.Pair","left":1,"right":0}'],
    ['google.protobuf.Any', '{"@type":"x/google.protobuf.Duration","value":"1.500s"}'],
    ['google.protobuf.Any', '{"@type":"x/of.another.file","value":"CAE="}'],
    ['google.type.Money', '{"currencyCode":"EUR","units":9007199254740993,"nanos":500000000}'],
    ['confluent.type.Decimal', '-12345678901234567890.123456789'],
    ['confluent.type.Decimal', '0.10'.replace('0.10', '0.1')],
    ['confluent.type.Decimal', '1000'],
  ])('%s %s', (type, json) => {
    const body = `message M { ${type} a_value = 1; } message Pair { int32 left = 1; int32 right = 2; }`;
    expect(roundTrip(body, `{"aValue":${json}}`)).toBe(`{"aValue":${json}}`);
  });

  test.each([
    ['repeated sint32 v = 1;', '[-1,0,2147483647]'],
    ['repeated string v = 1;', '["","a"]'],
    ['repeated E v = 1;', '["B","A",7]'],
    ['repeated M v = 1;', '[{"v":[]},{"v":[{"v":[]}]}]'],
    ['map<string, int64> v = 1;', '{"__proto__":9007199254740993,"":0}'],
    ['map<int64, string> v = 1;', '{"-9223372036854775808":"","1":"a"}'],
    ['map<bool, E> v = 1;', '{"true":"B","false":"A"}'],
    ['map<string, M> v = 1;', '{"a":{"v":{}}}'],
  ])('%s %s', (field, json) => {
    const body = `message M { ${field} } enum E { A = 0; B = 1; }`;
    expect(roundTrip(body, `{"v":${json}}`)).toBe(`{"v":${json}}`);
  });
});

describe('presence', () => {
  const PROTO3 =
    'message M { int32 plain = 1; optional int32 maybe = 2; M m = 3; repeated int32 l = 4; oneof o { int32 a = 5; string b = 6; } E e = 7; } enum E { ZERO = 0; }';

  test('of proto3: a field without presence has its default, another one is left out', () => {
    expect(readHex(PROTO3, '')).toBe('{"plain":0,"l":[],"e":"ZERO"}');
    expect(roundTrip(PROTO3, '{"maybe":0,"a":0,"plain":null}')).toBe(
      '{"plain":0,"maybe":0,"l":[],"a":0,"e":"ZERO"}',
    );
  });

  test('of proto2: absent fields are left out, and required ones must be there', () => {
    const body =
      'message M { required int32 id = 1; optional int32 n = 2 [default = 7]; optional group G = 3 { optional string s = 1; } }';
    expect(readHex(body, '0805', 'proto2')).toBe('{"id":5}');
    expect(roundTrip(body, '{"id":0,"g":{"s":"x"}}', 'proto2')).toBe('{"id":0,"g":{"s":"x"}}');
    expect(() => readHex(body, '', 'proto2')).toThrow(/required field id is missing/);
    expect(() => schemaOf(body, 'proto2').write('{}')).toThrow(/^value\.id: the required field/);
  });

  test('an unknown number of a closed enum is as if it were absent, of an open one a number', () => {
    const body = 'message M { optional E e = 1; repeated E l = 2; } enum E { A = 1; B = 2; }';
    expect(readHex(body, '080910091001', 'proto2')).toBe('{"l":["A"]}');
    expect(readHex('message M { E e = 1; } enum E { A = 0; }', '0809')).toBe('{"e":9}');
  });
});

describe('the bytes of another writer', () => {
  test.each([
    ['the last value of a field counts', 'int32 v = 1;', '08010802', '{"v":2}'],
    [
      'parts of a message add up',
      'M m = 1; int32 a = 2; int32 b = 3;',
      '0a0210010a021802',
      '{"m":{"a":1,"b":2},"a":0,"b":0}',
    ],
    [
      'the last field of a oneof counts',
      'oneof o { int32 a = 1; int32 b = 2; }',
      '10050807',
      '{"a":7}',
    ],
    [
      'packed and single items mix, also apart',
      'repeated int32 v = 1; int32 w = 2;',
      '0a020102080310090804',
      '{"v":[1,2,3,4],"w":9}',
    ],
    ['unknown fields are skipped, also groups', 'int32 v = 1;', '1318070b0c140801', '{"v":1}'],
    [
      'the last entry of a key counts',
      'map<string, int32> v = 1;',
      '0a050a016110010a050a01611002',
      '{"v":{"a":2}}',
    ],
    ['an entry may lack its parts', 'map<string, int32> v = 1;', '0a00', '{"v":{"":0}}'],
    ['a number may have more bytes than it needs', 'int32 v = 1;', '08818000', '{"v":1}'],
    ['a negative number has ten bytes', 'int32 v = 1;', '08ffffffffffffffffff01', '{"v":-1}'],
    ['a field of another encoding is unknown', 'int32 v = 1;', '0a0101', '{"v":0}'],
  ])('%s', (_rule, fields, hex, json) => {
    expect(readHex(`message M { ${fields} }`, hex)).toBe(json);
  });

  test.each([
    ['a number that does not end', '08ff'],
    ['a number of more than 64 bits', `08${'ff'.repeat(10)}01`],
    ['a length beyond the end', '12057800'],
    ['a length beyond the message', '1a04080112ff'],
    ['a group that does not end', '1b0801'],
    ['the end of a group that did not begin', '0c'],
    ['an encoding that does not exist', '0e'],
    ['the field number 0', '0001'],
    ['a text that is not UTF-8', '1202c328'],
    ['a time of the year 10000', '2207088083d1ffaf07'],
    [
      'too many levels',
      Array.from({ length: 80 }).reduce<string>((inner) => sized('1a', inner), ''),
    ],
  ])('row 133: %s are no value', (_what, hex) => {
    const body =
      'message M { int32 v = 1; string s = 2; M m = 3; google.protobuf.Timestamp t = 4; }';
    expect(() => readHex(body, hex)).toThrow(/not of type PROTOBUF/);
  });
});

describe('the index of the message', () => {
  const schema = schemaOf(
    'message A {} enum E { Z = 0; } message B { message C { int32 c = 1; } message D { string d = 1; } }',
  );

  test.each([
    ['{}', '00', '{}'],
    ['{"__typename":"B"}', '0202', '{}'],
    ['{"__typename":"shop.B.D","d":"x"}', '0402020a0178', '{"d":"x"}'],
  ])('%s is written as %s', (json, hex, read) => {
    expect(schema.write(json).toString('hex')).toBe(hex);
    expect(schema.read(Buffer.from(hex, 'hex'), 0, PLAIN).toString()).toBe(read);
  });

  test('its long form is read too, and others are no value', () => {
    expect(schema.read(Buffer.from('0200', 'hex'), 0, PLAIN).toString()).toBe('{}');
    for (const hex of ['', '01', '0204', '0201', 'fe01', '0402']) {
      expect(() => schema.read(Buffer.from(hex, 'hex'), 0, PLAIN)).toThrow(/PROTOBUF/);
    }
  });

  test('record names are those of the messages', () => {
    const named = schemaOf('message A { B b = 1; google.protobuf.Duration d = 2; } message B {}');
    const bytes = named.write('{"b":{},"d":"1s"}');
    expect(named.read(bytes, 0, { recordNames: true }).toString()).toBe(
      '{"__typename":"A","b":{"__typename":"B"},"d":"1s"}',
    );
  });
});

describe('row 41: what does not fit is rejected with its path', () => {
  const body =
    'message M { int64 n = 1; uint32 u = 2; E e = 3; oneof o { int32 a = 4; int32 b = 5; } repeated M items = 6; map<int32, M> m = 7; bytes raw = 8; google.protobuf.Timestamp at = 9; google.protobuf.Any any = 10; float f = 11; } enum E { Z = 0; }';
  test.each([
    ['{"n":9223372036854775808}', 'value.n: expected a whole number of 64 bits'],
    ['{"n":1.5}', 'value.n: expected a whole number of 64 bits'],
    ['{"u":-1}', 'value.u: expected a whole number of 32 bits without a sign'],
    ['{"e":"NO"}', 'value.e: expected one of Z, found "NO"'],
    ['{"a":1,"b":2}', 'value.b: only one field of the oneof o can be set, and value.a'],
    ['{"items":[{},{"x":1}]}', 'value.items[1].x: the message M has no such field'],
    ['{"items":[null]}', 'value.items[0]: expected the message M'],
    ['{"m":{"a":{}}}', 'value.m.a: the name is no key of the map'],
    ['{"m":{"1":{"u":"1"}}}', 'value.m.1.u: expected a whole number'],
    ['{"raw":"AP8"}', 'value.raw: expected bytes in base64'],
    ['{"at":"2026-02-30T00:00:00Z"}', 'value.at: expected a time of RFC 3339'],
    ['{"at":1}', 'value.at: expected a time of RFC 3339'],
    ['{"any":{"a":1}}', 'value.any.@type: the name of the message is missing'],
    ['{"f":1e39}', 'value.f: expected a number that a 32-bit float can hold'],
    ['{"n":1,"n":2}', 'value.n: the member occurs twice'],
    ['[]', 'value: expected the message M, a JSON object'],
  ])('%s', (json, message) => {
    expect(() => schemaOf(body).write(json)).toThrow(message);
  });
});

describe('a schema is invalid if', () => {
  test.each([
    ['it has no message', 'enum E { Z = 0; }', /it has no message/],
    ['a type does not exist', 'message M { Nope n = 1; }', /no such .*Nope/],
    [
      'it imports a file of the disk',
      'import "/etc/passwd"; message M {}',
      /imports \/etc\/passwd/,
    ],
    [
      'it imports a file of the web',
      'import "http://x/y.proto"; message M {}',
      /neither a reference/,
    ],
    ['it is cut', 'message M { int32 a = 1;', /Protobuf schema is invalid/],
    ['it is too long', `// ${'x'.repeat(600_000)}\nmessage M {}`, /at most 524288/],
  ])('%s', (_why, body, message) => {
    expect(() => schemaOf(body)).toThrow(message);
  });

  test('an import is the reference of that name', () => {
    const schema = parseProtoSchema(
      'syntax = "proto3"; import "other/file.proto"; message M { other.N n = 1; }',
      [
        {
          name: 'other/file.proto',
          text: 'syntax = "proto3"; package other; message N { int32 a = 1; }',
        },
      ],
    );
    expect(schema.read(schema.write('{"n":{"a":7}}'), 0, PLAIN).toString()).toBe('{"n":{"a":7}}');
  });

  test('names of JavaScript are names as any others', () => {
    const body =
      'message M { int32 constructor = 1; int32 toString = 2; map<string, int32> hasOwnProperty = 3; }';
    const json = '{"constructor":1,"toString":2,"hasOwnProperty":{"__proto__":3}}';
    expect(roundTrip(body, json)).toBe(json);
  });
});

/** A sized field with this content. */
function sized(tag: string, content: string): string {
  const length = content.length / 2;
  const bytes = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return tag + Buffer.from(bytes).toString('hex') + content;
}
