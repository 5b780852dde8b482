import { describe, expect, test } from 'vitest';

import { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from './parse-definition.ts';

/** `line:column message` of everything that is wrong. */
function problemsOf(sdl: string): string[] {
  try {
    parseDefinition(sdl);
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) {
      throw error;
    }
    return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

describe('a schema becomes bindings', () => {
  test('of every place that @topic can have', () => {
    const { bindings } = parseDefinition(`
      type Query {
        flight(id: Long!): Flight @topic(name: "flights", keyArgument: "id")
        flights(ids: [Long!]!): [Flight!] @topic(name: "flights", keyArgument: "ids")
        airports: [Airport] @topic(name: "airports")
      }
      type Subscription {
        flights: Flight @topic(name: "flights")
        flight(id: Long): Flight @topic(name: "flights", keyArgument: "id")
      }
      type Flight {
        originIata: ID!
        origin: Airport @topic(name: "airports", keyField: "originIata")
        stopIatas: [String]
        stops: [Airport] @topic(name: "airports", keyField: "stopIatas")
      }
      type Airport { iata: ID! }
    `);
    const key = { argument: 'id', argumentOf: 'field', scalar: 'Long' };
    expect(bindings).toEqual([
      { typeName: 'Query', fieldName: 'flight', topic: 'flights', kind: 'one-by-argument', ...key },
      {
        typeName: 'Query',
        fieldName: 'flights',
        topic: 'flights',
        kind: 'list-by-argument',
        ...key,
        argument: 'ids',
        dropsMissing: true,
      },
      { typeName: 'Query', fieldName: 'airports', topic: 'airports', kind: 'all' },
      {
        typeName: 'Subscription',
        fieldName: 'flights',
        topic: 'flights',
        kind: 'follow',
        tombstones: false,
      },
      {
        typeName: 'Subscription',
        fieldName: 'flight',
        topic: 'flights',
        kind: 'follow',
        tombstones: false,
        key,
      },
      {
        typeName: 'Flight',
        fieldName: 'origin',
        topic: 'airports',
        kind: 'one-by-field',
        keyField: 'originIata',
        scalar: 'ID',
      },
      {
        typeName: 'Flight',
        fieldName: 'stops',
        topic: 'airports',
        kind: 'list-by-field',
        keyField: 'stopIatas',
        scalar: 'String',
        dropsMissing: false,
      },
    ]);
  });

  test('that are frozen', () => {
    const { bindings } = parseDefinition('type Query { a: [Int] @topic(name: "t") }');
    expect(Object.isFrozen(bindings) && bindings.every((binding) => Object.isFrozen(binding))).toBe(
      true,
    );
  });

  test('whose key is an argument of the root field above them', () => {
    const { bindings } = parseDefinition(`
      type Query { user(userId: Int): User }
      type User { statistics: Statistics @topic(name: "s", keyArgument: "userId") }
      type Statistics { visits: Int }
    `);
    expect(bindings[0]).toMatchObject({ argument: 'userId', argumentOf: 'root', scalar: 'Int' });
  });

  test('also where the schema repeats the built-in definitions, renames its roots and extends types', () => {
    const { bindings } = parseDefinition(`
      directive @topic(name: String!, keyArgument: String) on FIELD_DEFINITION
      scalar Long
      schema { query: Root }
      type Root { a(id: Long): Int @topic(name: "t", keyArgument: "id") }
      extend type Root { b: [Int] @topic(name: "t") }
    `);
    expect(bindings.map((binding) => binding.kind)).toEqual(['one-by-argument', 'all']);
  });

  test('after a comment, which swallows nothing but its line', () => {
    expect(problemsOf('# a comment\ntype Query { a: [Int] @topic(name: "t") }')).toEqual([]);
  });
});

describe('what is wrong with a schema', () => {
  test('is told all at once, in the order of the text', () => {
    const sdl = `type Query {
  one: Product @topic(name: "products")
  both(id: ID): Product @topic(name: "products", keyArgument: "id", keyField: "id")
  wrong(id: ID): Product @topic(name: "products", keyArgument: "key")
}
type Subscription {
  all: [Product] @topic(name: "products")
}
type Product {
  id: ID
  next: Product @topic(name: "products", keyField: "nextId")
}`;
    expect(problemsOf(sdl)).toEqual([
      '2:16 When the return type is not a list for a non-mutation and non-subscription type, key information (keyArgument or keyField) is needed.',
      '3:69 keyArgument and keyField are mutually exclusive.',
      '4:51 Key argument has to be identical to the input name.',
      '7:18 Kafka subscription must not return a list type',
      '11:42 Could not find the keyField nextId in the parent type definition. Please check your schema.',
    ]);
  });

  test('can be read in the message too', () => {
    expect(() => parseDefinition('type Query {')).toThrow(
      'The GraphQL schema cannot be used:\n  1:13 Syntax Error: Expected Name, found <EOF>.',
    );
  });

  const query = (fields: string): string => `type Query { ${fields} }`;
  const nested = (fields: string): string => `type Query { a: Int }\ntype T { ${fields} }`;
  test.each([
    ['an empty text', '', '1:1 Syntax Error: Unexpected <EOF>.'],
    ['a missing brace', 'type Query { a: Int', '1:20 Syntax Error: Expected Name, found <EOF>.'],
    ['no Query', 'type T { a: Int }', '1:1 Query root type must be provided.'],
    ['an unknown type', query('a: Unknown'), '1:17 Unknown type "Unknown".'],
    ['an unknown directive', query('a: Int @nope'), '1:21 Unknown directive "@nope".'],
    [
      'a missing name',
      query('a: [Int] @topic'),
      '1:23 Directive "@topic" argument "name" of type "String!" is required, but it was not provided.',
    ],
    [
      'an unknown argument',
      query('a: [Int] @topic(name: "t", keyFeild: "a")'),
      '1:41 Unknown argument "keyFeild" on directive "@topic". Did you mean "keyField"?',
    ],
    [
      'a name that is no string',
      query('a: [Int] @topic(name: 5)'),
      '1:36 Argument "name" has invalid value 5.',
    ],
    [
      'a topic that cannot exist',
      query('a: [Int] @topic(name: "a b")'),
      '1:30 "a b" is no name of a topic: 1 to 249 letters, digits, dots, dashes and underscores are expected.',
    ],
    [
      'an internal topic',
      query('a: [Int] @topic(name: "__consumer_offsets")'),
      '1:30 Topic __consumer_offsets is internal and cannot be used.',
    ],
    [
      'a key of another type',
      query('a(id: Boolean): Int @topic(name: "t", keyArgument: "id")'),
      '1:52 The key argument id has to be of type Int, Long, Float, String, ID or a list of these, found Boolean.',
    ],
    [
      'a key that is an object',
      `input I { a: Int }\n${query('a(id: I): Int @topic(name: "t", keyArgument: "id")')}`,
      '2:46 The key argument id has to be of type Int, Long, Float, String, ID or a list of these, found I.',
    ],
    [
      'one key for a list',
      query('a(id: ID): [Int] @topic(name: "t", keyArgument: "id")'),
      '1:49 The key argument id is no list, but the field is one: a list of keys is expected.',
    ],
    [
      'many keys for one object',
      query('a(ids: [ID]): Int @topic(name: "t", keyArgument: "ids")'),
      '1:50 The key argument ids is a list, but the field is none: one key is expected.',
    ],
    [
      'a list of lists',
      query('a: [[Int]] @topic(name: "t")'),
      '1:25 The type of Query.a is a list of lists.',
    ],
    [
      'a keyField without a parent',
      query('a: Int @topic(name: "t", keyField: "b") b: ID'),
      '1:39 keyField cannot be used on fields of Query: they have no parent with a value.',
    ],
    [
      'a keyField that is a list for one object',
      nested('ids: [ID] a: Int @topic(name: "t", keyField: "ids")'),
      '2:45 The topic directive is set on a field with a non list type. The keyField type should not be a list. Please consider using scalar a type.',
    ],
    [
      'a keyField that is no list for a list',
      nested('id: ID a: [Int] @topic(name: "t", keyField: "id")'),
      '2:44 The keyField id is no list, but the field is one: a list of keys is expected.',
    ],
    [
      'an interface with a topic',
      `interface I { a: [Int] @topic(name: "t") }\n${query('a: Int')}`,
      '1:24 @topic on I.a would bind nothing, since I is an interface. Put it on the field of each type that implements it.',
    ],
    [
      'root fields that disagree about a key',
      `type Query { a(id: ID): T b(id: Int): T }\ntype T { c: Int @topic(name: "t", keyArgument: "id") }`,
      '2:35 The arguments id of the root fields have different types.',
    ],
    [
      'a subscription without a topic',
      `${query('a: Int')} type Subscription { a: Int }`,
      '1:43 Subscription field a needs @topic, or an object type with fields that have @topic.',
    ],
  ])('%s', (_what, sdl, problem) => {
    expect(problemsOf(sdl)).toEqual([problem]);
  });
});
