import { expect, test } from 'vitest';

import { bindingState } from './binding-state.ts';
import type { KeyedTopic } from './key-fit.ts';
import { parseDefinition } from '../parse/parse-definition.ts';

const topic: KeyedTopic = { name: 't', keyType: 'STRING' };

/** The state of the one binding of a schema. */
function stateOf(sdl: string, more: Partial<KeyedTopic>) {
  const [binding] = parseDefinition(sdl).bindings;
  return binding && bindingState(binding, { ...topic, ...more });
}

const writeSchema = (type: string, result: string): string => `
  scalar Anything
  enum Size { S M }
  input ItemInput { n: Int }
  type Item { n: Int }
  type Query { item: Item @rest(url: "http://h/") }
  type Mutation { set(id: ID!, value: ${type}): ${result} @topic(name: "t") }`;

test.each([
  ['String!', 'String', 'STRING'],
  ['ID', 'ID', 'STRING'],
  ['Size', 'Size', 'STRING'],
  ['Int', 'Int', 'INTEGER'],
  ['Int', 'Int', 'LONG'],
  ['Long', 'Long', 'LONG'],
  ['Int', 'Int', 'DOUBLE'],
  ['Float', 'Float', 'DOUBLE'],
  ['Anything', 'Anything', 'LONG'],
  ['ItemInput', 'Item', 'JSON'],
  ['Boolean', 'Boolean', 'JSON'],
  ['DateTime', 'DateTime', 'STRING'],
  ['Bytes', 'Bytes', 'STRING'],
  ['BigInteger', 'BigInteger', 'LONG'],
  ['BigDecimal', 'BigDecimal', 'DOUBLE'],
  ['JSON', 'JSON', 'LONG'],
  ['ItemInput', 'Item', 'AVRO'],
] as const)('a value of type %s can be written to values of type %s', (type, result, valueType) => {
  expect(stateOf(writeSchema(type, result), { valueType })).toEqual({ state: 'ready' });
});

test.each([
  ['Int!', 'Int', 'STRING', 'type Int,', 'String or ID'],
  ['Boolean', 'Boolean', 'STRING', 'type Boolean,', 'String or ID'],
  ['ItemInput', 'Item', 'STRING', 'type ItemInput,', 'String or ID'],
  ['[String!]!', '[String!]', 'STRING', 'type [String!],', 'String or ID'],
  ['String', 'String', 'INTEGER', 'type String,', 'Int'],
  ['Long', 'Long', 'INTEGER', 'type Long,', 'Int'],
  ['Float', 'Float', 'LONG', 'type Float,', 'Long or Int'],
  ['Size', 'Size', 'DOUBLE', 'type Size,', 'Float or Int'],
  ['DateTime', 'DateTime', 'LONG', 'type DateTime,', 'Long or Int'],
  ['Bytes', 'Bytes', 'DOUBLE', 'type Bytes,', 'Float or Int'],
  ['Char', 'Char', 'INTEGER', 'type Char,', 'Int'],
  ['BigInteger', 'BigInteger', 'STRING', 'type BigInteger,', 'String or ID'],
  ['BigDecimal', 'BigDecimal', 'LONG', 'type BigDecimal,', 'Long or Int'],
] as const)('a value of type %s, returned as %s, does not fit values of type %s', (...row) => {
  const [type, result, valueType, named, expected] = row;
  expect(stateOf(writeSchema(type, result), { valueType })).toEqual({
    state: 'invalid',
    reason: `Mutation.set writes a value of ${named} but topic t has values of type ${valueType}. Use ${expected}.`,
  });
  // The type of the values is unknown.
  expect(stateOf(writeSchema(type, result), {})).toEqual({ state: 'ready' });
});

const rangeSchema = (bounds: string, key = 'ID'): string => `
  type Item { n: Int }
  type Query {
    items(id: ${key}!, from: ${bounds}, to: ${bounds}): [Item]
      @topic(name: "t", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
  }`;
const range = (type: 'number' | 'string' | 'timestamp', hasRangeKey = false) => ({
  range: { type, hasRangeKey },
});

test('the bounds of a range have the type of the mirror’s range field', () => {
  const ready = { state: 'ready' };
  for (const bounds of ['Int', 'Long', 'Float']) {
    expect(stateOf(rangeSchema(bounds), range('number'))).toEqual(ready);
    expect(stateOf(rangeSchema(bounds), range('string'))).toEqual({
      state: 'invalid',
      reason: `Query.items takes bounds of type ${bounds}, but the range field of topic t is of type string. Use String or ID.`,
    });
  }
  expect(stateOf(rangeSchema('DateTime'), range('timestamp'))).toEqual(ready);
  expect(stateOf(rangeSchema('Long'), range('timestamp'))).toEqual(ready);
  expect(stateOf(rangeSchema('DateTime'), range('number'))).toMatchObject({ state: 'invalid' });
  expect(stateOf(rangeSchema('String'), {})).toEqual(ready);
});

test('a range is invalid if the mirror of its topic has no range index', () => {
  expect(stateOf(rangeSchema('Int'), { range: null })).toEqual({
    state: 'invalid',
    reason:
      'Query.items reads a range, but the mirror of topic t has no range index. Add a range field to the mirror.',
  });
});

test('a range in pages has the same rules', () => {
  const paged = `
    type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
    type ItemConnection { edges: [ItemEdge] pageInfo: PageInfo! }
    type ItemEdge { cursor: String! node: Item }
    type Item { n: Int }
    type Query {
      items(id: Long!, from: Int, to: Int, first: Int, after: String): ItemConnection
        @topic(name: "t", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
    }`;
  const keyType = 'LONG' as const;
  expect(stateOf(paged, { keyType, ...range('number') })).toEqual({ state: 'ready' });
  expect(stateOf(paged, { keyType, ...range('string') })).toMatchObject({ state: 'invalid' });
  expect(stateOf(paged, { keyType, range: null })).toMatchObject({ state: 'invalid' });
  // The type of the topic's keys does not matter.
  expect(stateOf(paged, range('number', true))).toEqual({ state: 'ready' });
});

test('a range key is a field of the values, so that the type of the topic’s keys does not matter', () => {
  const keyType = 'LONG' as const;
  const state = stateOf(rangeSchema('Int', 'String'), { keyType, ...range('number') });
  expect(state).toMatchObject({ state: 'invalid' });
  const field = stateOf(rangeSchema('Int', 'String'), { keyType, ...range('number', true) });
  expect(field).toEqual({ state: 'ready' });
});

const keyed = (key: string, more = ''): string => `
  type Query { item(key: ${key}!): Item @topic(name: "t", keyArgument: "key") }
  type Item { n: Int }
  input Pair { region: String! number: Int @field(name: "order-number") }
  input One { id: ID }
  ${more}`;
const keySchema = (fields: Readonly<Record<string, string>>): Partial<KeyedTopic> => ({
  keyType: 'JSON',
  keySchema: { type: 'Key!', types: { Key: { fields } } },
});
const PAIR = keySchema({ region: 'String!', 'order-number': 'Long' });

test.each<[string, string, Partial<KeyedTopic>]>([
  ['an input with all members', 'Pair', PAIR],
  ['an input for keys without a type', 'Pair', { keyType: 'JSON' }],
  ['a scalar for the only member', 'ID', keySchema({ id: 'Long!' })],
  ['an input with the only member', 'One', keySchema({ id: 'String' })],
])('%s fits keys that are objects', (_what, key, topicFacts) => {
  expect(stateOf(keyed(key), topicFacts)).toEqual({ state: 'ready' });
});

test.each<[string, string, Partial<KeyedTopic>, string]>([
  ['an object', 'Pair', { keyType: 'LONG' }, 'a key that is an object, but topic t has keys of'],
  ['one scalar of two', 'ID', PAIR, 'is not the object (region, order-number) that the keys are'],
  ['another scalar', 'Float', keySchema({ id: 'Long' }), 'does not fit the member id: Long'],
  ['another member', 'One', PAIR, 'the member id, which is not among the members (region,'],
  ['a missing member', 'One', keySchema({ id: 'ID', at: 'Long!' }), 'without the member at'],
  ['a member of another type', 'Pair', keySchema({ region: 'Long' }), 'region is of type String'],
])('%s does not fit keys', (_what, key, topicFacts, reason) => {
  expect(stateOf(keyed(key), topicFacts)).toMatchObject({
    state: 'invalid',
    reason: expect.stringContaining(reason) as string,
  });
});
