import { describe, expect, test } from 'vitest';

import { parseJsonSchema } from './json-schema.ts';

const PLAIN = { recordNames: false };
const write = (schema: object, json: string): string =>
  parseJsonSchema(JSON.stringify(schema)).write(json).toString();

describe('values', () => {
  test('are read as they are, and none that is no JSON', () => {
    const schema = parseJsonSchema('{"type":"string"}');
    const json = '{"n":12345678901234567890.10}';
    expect(schema.read(Buffer.from(`xxxxx${json}`), 5, PLAIN).toString()).toBe(json);
    expect(() => schema.read(Buffer.from('xxxxx{'), 5, PLAIN)).toThrow(/not of type JSON/);
  });

  test('are written as they are if the schema allows them', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } } };
    expect(write(schema, '{"n":9007199254740993,\n "m":1.10}')).toBe(
      '{"n":9007199254740993,"m":1.10}',
    );
  });

  test.each<[string, object, string, string]>([
    [
      'type',
      { properties: { a: { items: { type: 'integer' } } } },
      '{"a":[1,"x"]}',
      'value.a[1]: it must be integer, found "x"',
    ],
    [
      'required',
      { properties: { a: { required: ['b'] } } },
      '{"a":{}}',
      'value.a.b: the member is missing',
    ],
    [
      'additionalProperties',
      { properties: { a: {} }, additionalProperties: false },
      '{"z":1}',
      'value.z: the schema has no such member',
    ],
    [
      'enum',
      { enum: ['a'] },
      '"b"',
      'value: it must be equal to one of the allowed values, found "b"',
    ],
    [
      'uniqueItems',
      { uniqueItems: true },
      '[{"a":1,"b":2},{"b":2,"a":1}]',
      'value: it must have no equal items',
    ],
    ['multipleOf', { multipleOf: 0.01 }, '19.999', 'value: it must be multiple of 0.01'],
    ['format', { format: 'date' }, '"2026-02-30"', 'value: it must match format "date"'],
    ['pattern', { pattern: '^a+$' }, '"b"', 'value: it must match pattern'],
    [
      'names with slashes',
      { properties: { 'a/b~c': { type: 'null' } } },
      '{"a/b~c":1}',
      'value.a/b~c: it must be null',
    ],
  ])('are rejected with their path by %s', (_keyword, schema, json, message) => {
    expect(() => write(schema, json)).toThrow(message);
  });

  test('of a decimal are multiples of their last digit', () => {
    expect(write({ multipleOf: 0.01 }, '19.99')).toBe('19.99');
  });
});

describe('a schema', () => {
  test.each([
    ['http://json-schema.org/draft-04/schema#', { minimum: 1, exclusiveMinimum: true }],
    ['http://json-schema.org/draft-06/schema#', { exclusiveMinimum: 1 }],
    ['http://json-schema.org/draft-07/schema#', { propertyNames: true, exclusiveMinimum: 1 }],
    ['https://json-schema.org/draft/2019-09/schema', { exclusiveMinimum: 1 }],
    ['https://json-schema.org/draft/2020-12/schema', { exclusiveMinimum: 1 }],
  ])('of %s counts', ($schema, rules) => {
    expect(() => write({ $schema, ...rules }, '1')).toThrow(/^value/);
    expect(write({ $schema, ...rules }, '2')).toBe('2');
  });

  test('refers to the schemas of its references by their names', () => {
    const referred = [{ name: 'price.json', text: '{"$id":"other","type":"number"}' }];
    for (const $id of [undefined, 'http://example.com/schemas/order.json']) {
      const text = JSON.stringify({ $id, properties: { price: { $ref: 'price.json' } } });
      const schema = parseJsonSchema(text, referred);
      expect(schema.write('{"price":1}').toString()).toBe('{"price":1}');
      expect(() => schema.write('{"price":"1"}')).toThrow('value.price: it must be number');
    }
  });

  test('may contain itself', () => {
    const schema = { properties: { next: { $ref: '#' } }, additionalProperties: false };
    expect(() => write(schema, '{"next":{"next":{"x":1}}}')).toThrow('value.next.next.x');
  });

  test('row 43: that refers to an address of the network is rejected, and nothing is fetched', () => {
    const remote = { $ref: 'http://169.254.169.254/latest' };
    const schema = parseJsonSchema(JSON.stringify(remote));
    expect(() => schema.prepareWrite?.()).toThrow(/can't resolve reference http:\/\/169/);
  });

  test.each([
    ['no JSON', '{', /JSON Schema is invalid/],
    ['too long', JSON.stringify({ title: 'x'.repeat(600_000) }), /at most 524288/],
  ])('that is %s is rejected', (_what, text, message) => {
    expect(() => parseJsonSchema(text)).toThrow(message);
  });

  test.each([
    ['a keyword of another form', '{"type":"strin"}', /JSON Schema is invalid/],
    ['a lookahead in a pattern', '{"pattern":"(?=a)"}', /JSON Schema is invalid: .*\(\?=/],
  ])('with %s can be read, not written', (_what, text, message) => {
    const schema = parseJsonSchema(text);
    expect(schema.read(Buffer.from('1'), 0, PLAIN).toString()).toBe('1');
    expect(() => schema.prepareWrite?.()).toThrow(message);
  });

  test('that contains only itself rejects a value, and the process lives', () => {
    expect(() => write({ $ref: '#' }, '1')).toThrow(/^value: the schema cannot check it/);
  });
});

test('row 42: a pattern that takes exponential time elsewhere takes 50 ms at most', () => {
  const schema = parseJsonSchema('{"pattern":"^(a+)+$"}');
  schema.prepareWrite?.();
  const json = `"${'a'.repeat(30_000)}!"`;
  expect(() => schema.write('"a!"')).toThrow(/must match pattern/);
  const times = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    expect(() => schema.write(json)).toThrow(/must match pattern/);
    return performance.now() - startMs;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});
