import { expect, test } from 'vitest';

import { parseAvroSchema } from './avro-schema.ts';

const record = (...fields: readonly string[]): string =>
  `{"type":"record","name":"R","fields":[${fields.join(',')}]}`;

const DECIMAL = '{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}';

/** The JSON of `{}`: each field of `schema` has its default. */
function fallbacks(schema: string): string {
  const { write, read } = parseAvroSchema(schema);
  return read(write('{}'), 0);
}

test.each([
  ['a decimal, as Debezium writes it', DECIMAL, '"\\u0004\\u00d2"', '12.34'],
  ['an optional decimal', `["null",${DECIMAL}]`, 'null', 'null'],
  [
    'a decimal of fixed size',
    '{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4,"scale":1}',
    '"\\u00ff\\u0085"',
    '-12.3',
  ],
  ['bytes that are no UTF-8', '"bytes"', '"\\u00ff\\u0000"', '"/wA="'],
  ['the second branch of a union', '["null","string"]', '"a"', '"a"'],
  ['a whole number beyond 2^53', '"long"', '9223372036854775807', '9223372036854775807'],
  ['a list of records', `{"type":"array","items":${record()}}`, '[{},{}]', '[{},{}]'],
  ['no number', '"double"', '"NaN"', '"NaN"'],
])('a field is missing, and its default is %s', (_title, type, fallback, json) => {
  const schema = `{"type":"record","name":"Outer","fields":[{"name":"a","type":${type},"default":${fallback}}]}`;
  expect(fallbacks(schema)).toBe(`{"a":${json}}`);
});

test.each([
  [
    'of the wrong type',
    '{"name":"a","type":"int","default":"x"}',
    /its default "x" in the record R/,
  ],
  [
    'that contains itself',
    '{"name":"a","type":"R","default":{}}',
    /its default \{\} in the record R/,
  ],
])('a default %s is invalid only for a writer that needs it', (_title, field, says) => {
  const { read, write } = parseAvroSchema(record(field, '{"name":"b","type":["null","R"]}'));
  expect(() => write('{"b":null}')).toThrow(says);
  if (field.includes('int')) {
    expect(read(write('{"a":7,"b":null}'), 0)).toBe('{"a":7,"b":null}');
  }
});

test.each([
  ['comments', '/* an amount */ "long" // of cents\n'],
  ['a "//" in a text', record('{"name":"a","type":"long","doc":"http://a/*"}')],
  [
    'a type that is defined after its use',
    record(
      '{"name":"a","type":["null","S"]}',
      `{"name":"b","type":{"type":"fixed","name":"S","size":1}}`,
    ),
  ],
  [
    'an enum that is defined twice in the same way',
    '[{"type":"enum","name":"a.E","symbols":["X"]},{"type":"array","items":{"type":"enum","name":"a.E","symbols":["X"]}}]',
  ],
  ['a namespace that is no name', '{"type":"fixed","name":"F","namespace":"my-app","size":1}'],
  ['letters of any language', '{"type":"enum","name":"Größe","symbols":["größer","更大"]}'],
  [
    'a logical type of a field, which is ignored',
    record('{"name":"a","type":"bytes","logicalType":"decimal","precision":4}'),
  ],
  ['200 levels of lists', `${'{"type":"array","items":'.repeat(200)}"int"${'}'.repeat(200)}`],
])('a schema with %s is accepted', (_title, text) => {
  expect(parseAvroSchema(text).fingerprint).toMatch(/^[\da-f]{64}$/);
});

test.each([
  ['missing precision', '"bytes"', ''],
  ['a scale above the precision', '"bytes"', ',"precision":2,"scale":3'],
  ['a negative scale', '"bytes"', ',"precision":2,"scale":-1'],
  ['a precision that is a text', '"bytes"', ',"precision":"2"'],
  ['a precision that is no int', '"bytes"', ',"precision":2.0'],
  ['more digits than two bytes can hold', '"fixed","name":"F","size":2', ',"precision":5'],
])('a decimal with %s is read as bytes', (_title, type, attributes) => {
  const field = `{"type":${type},"logicalType":"decimal"${attributes}}`;
  const { read } = parseAvroSchema(record(`{"name":"a","type":${field}}`));
  const bytes = type.includes('fixed') ? 'ff85' : '04ff85';
  expect(read(Buffer.from(bytes, 'hex'), 0)).toBe('{"a":"/4U="}');
});

test('names are found in the namespace of the record around them, then without one', () => {
  const schema = parseAvroSchema(
    `{"type":"record","name":"Outer","namespace":"a","fields":[
      {"name":"x","type":{"type":"fixed","name":"F","size":1}},
      {"name":"y","type":{"type":"fixed","name":"b.F","size":2}},
      {"name":"short","type":"F"},
      {"name":"full","type":"b.F"},
      {"name":"inner","type":{"type":"record","name":"c.Inner","fields":[{"name":"z","type":"G"}]}}
    ]}`,
    ['{"type":"fixed","name":"G","size":3}'],
  );
  expect(schema.readNamed(Buffer.alloc(9), 0)).toBe(
    '{"__typename":"Outer","x":"AA==","y":"AAA=","short":"AA==","full":"AAA=","inner":{"__typename":"Inner","z":"AAAA"}}',
  );
});

test.each([
  ['"Missing"', /refers to "Missing", which is not defined/],
  ['{"type":{"type":"int"}}', /a type lacks the text "type"/],
  ['{"type":"record","fields":[]}', /a type of kind record lacks the text "name"/],
  ['{"type":"record","name":"R"}', /record "R" has no array "fields"/],
  ['{"type":"record","name":"long","fields":[]}', /"long" is the name of a primitive type/],
  ['{"type":"record","name":"a-b","fields":[]}', /type "a-b" has an invalid name/],
  [record('{"name":"a","type":"int"}', '{"name":"a","type":"int"}'), /two fields "a"/],
  [record('{"name":"a b","type":"int"}'), /field "a b" of record "R" has an invalid name/],
  [record('{"name":"a"}'), /field "a" of record "R" lacks "type"/],
  [record('{"type":"int"}'), /a field of record "R" lacks the text "name"/],
  [record('{"name":"a","type":"int","order":"up"}'), /field "a" of record "R" has the order "up"/],
  [record('{"name":"a","type":"int","aliases":"b"}'), /aliases that are not an array of texts/],
  ['{"type":"enum","name":"E","symbols":["A","A"]}', /enum "E" has the symbol "A" twice/],
  ['{"type":"enum","name":"E","symbols":["A"],"default":"B"}', /no symbol "B", its default/],
  ['{"type":"enum","name":"E","symbols":["a-b"]}', /symbol "a-b" of enum "E" has an invalid/],
  ['{"type":"fixed","name":"F","size":-1}', /fixed "F" has the size -1/],
  ['{"type":"array"}', /lacks "items"/],
  ['{"type":"map"}', /lacks "values"/],
  ['["int",["null"]]', /a union directly contains a union/],
  ['["int","int"]', /a union has two branches "int"/],
  ['7', /expected a type, found 7/],
  ['["int"] ["long"]', /Expected valid JSON/],
  [
    '[{"type":"fixed","name":"F","size":1},{"type":"map","values":{"type":"fixed","name":"F","size":2}}]',
    /defines "F" twice/,
  ],
])('the error for %s names the cause', (text, says) => {
  expect(() => parseAvroSchema(text)).toThrow(says);
});
