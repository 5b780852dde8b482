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

const writing = (type: string, answer: string): string => `
  scalar Anything
  enum Size { S M }
  input ItemInput { n: Int }
  type Item { n: Int }
  type Query { item(id: ID!): Item }
  type Mutation { set(id: ID!, value: ${type}): ${answer} @topic(name: "t") }`;

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
  ['ItemInput', 'Item', 'AVRO'],
] as const)('a value of type %s can be written to values of type %s', (type, answer, valueType) => {
  expect(stateOf(writing(type, answer), { valueType })).toEqual({ state: 'ready' });
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
] as const)('a value of type %s, answered as %s, does not fit values of type %s', (...row) => {
  const [type, answer, valueType, named, expected] = row;
  expect(stateOf(writing(type, answer), { valueType })).toEqual({
    state: 'invalid',
    reason: `Mutation.set writes a value of ${named} but topic t has values of type ${valueType}, for which ${expected} is expected.`,
  });
  // Nobody knows yet.
  expect(stateOf(writing(type, answer), {})).toEqual({ state: 'ready' });
});

const asking = (bounds: string, key = 'ID'): string => `
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
    expect(stateOf(asking(bounds), range('number'))).toEqual(ready);
    expect(stateOf(asking(bounds), range('string'))).toEqual({
      state: 'invalid',
      reason: `Query.items takes bounds of type ${bounds}, but the range field of topic t is of type string, for which String or ID is expected.`,
    });
  }
  expect(stateOf(asking('DateTime'), range('timestamp'))).toEqual(ready);
  expect(stateOf(asking('Long'), range('timestamp'))).toEqual(ready);
  expect(stateOf(asking('DateTime'), range('number'))).toMatchObject({ state: 'invalid' });
  expect(stateOf(asking('String'), {})).toEqual(ready);
});

test('a range of a topic whose mirror has no range index cannot be answered', () => {
  expect(stateOf(asking('Int'), { range: null })).toEqual({
    state: 'invalid',
    reason:
      'Query.items asks for a range, but the mirror of topic t has no range index: give it a range field.',
  });
});

test('a range that is read page by page is held to the same', () => {
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
  const own = stateOf(asking('Int', 'String'), { keyType, ...range('number') });
  expect(own).toMatchObject({ state: 'invalid' });
  const field = stateOf(asking('Int', 'String'), { keyType, ...range('number', true) });
  expect(field).toEqual({ state: 'ready' });
});
