import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { expect, test } from 'vitest';

import { bindingWarnings, readBindings } from './gateway-schema.ts';

const SCHEMA = `
  type Query {
    prices(id: ID!, from: Int, to: Int): [Price]
      @topic(name: "prices", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
    product(id: ID!): Price @topic(name: "products", keyArgument: "id")
  }
  type Price { at: Int }`;
const PRODUCTS: KeyedTopic = { name: 'products', keyType: 'STRING' };

/** The warnings if the mirror of the topic has this range. */
function warningsWith(range: KeyedTopic['range']): readonly string[] {
  const topics = new Map([
    ['products', PRODUCTS],
    ['prices', { name: 'prices', keyType: 'STRING', range } as const],
  ]);
  return bindingWarnings(readBindings(SCHEMA), (name) => topics.get(name));
}

test('applying a schema warns of ranges that the mirror of the topic cannot answer', () => {
  expect(warningsWith({ type: 'number', hasRangeKey: false })).toEqual([]);
  expect(warningsWith({ type: 'timestamp', hasRangeKey: false })).toEqual([]);
  expect(warningsWith({ type: 'string', hasRangeKey: false })).toEqual([
    'Query.prices takes bounds of type Int, but the range field of topic prices is of type string. Use String or ID.',
  ]);
  expect(warningsWith(null)).toEqual([
    'Query.prices reads a range, but the mirror of topic prices has no range index. Add a range field to the mirror.',
  ]);
  // Its mirror does not exist yet, so its range is unknown.
  expect(warningsWith(undefined)).toEqual([]);
});

test('a topic that does not exist yet is a warning with the field that waits for it', () => {
  expect(bindingWarnings(readBindings(SCHEMA), () => undefined)).toEqual([
    'Topic prices does not exist yet. Field Query.prices returns errors until the topic is created.',
    'Topic products does not exist yet. Field Query.product returns errors until the topic is created.',
  ]);
});

test('keys and values that the types of a topic do not fit are errors with their places, and not warnings', () => {
  const schema = `type Query {
  product(id: Long!): Price @topic(name: "products", keyArgument: "id")
  prices(id: Long!, from: Int, to: Int): [Price]
    @topic(name: "prices", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
}
type Mutation {
  setProduct(id: Long!, name: String!): String @topic(name: "products")
  setCount(id: ID!, count: String!): String @topic(name: "counts")
}
type Price { at: Int }`;
  const topics = new Map<string, KeyedTopic>([
    ['products', PRODUCTS],
    ['prices', { name: 'prices', keyType: 'STRING' }],
    ['counts', { name: 'counts', keyType: 'STRING', valueType: 'LONG' }],
  ]);
  const key = (field: string): string =>
    `${field} takes a key of type Long, but topic products has keys of type STRING. Use String or ID.`;
  const value =
    'Mutation.setCount writes a value of type String, but topic counts has values of type LONG. Use Long or Int.';
  const bindings = readBindings(schema);
  expect(() => bindingWarnings(bindings, (name) => topics.get(name))).toThrow(
    expect.objectContaining({
      code: 'INVALID_SCHEMA',
      message: `Fields of the schema do not match the types of their topics:\n- 2:29 ${key('Query.product')}\n- 7:48 ${key('Mutation.setProduct')}\n- 8:45 ${value}`,
      extra: {
        errors: [
          { message: key('Query.product'), line: 2, column: 29 },
          { message: key('Mutation.setProduct'), line: 7, column: 48 },
          { message: value, line: 8, column: 45 },
        ],
      },
    }),
  );
});
