import { describe, expect, test } from 'vitest';

import { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from './parse-definition.ts';

/** All problems as `line:column message`. */
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
  test('for every place of @topic', () => {
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

  test('with a key in an argument of the root field above them', () => {
    const { bindings } = parseDefinition(`
      type Query { user(userId: Int): User }
      type User { statistics: Statistics @topic(name: "s", keyArgument: "userId") }
      type Statistics { visits: Int }
    `);
    expect(bindings[0]).toMatchObject({ argument: 'userId', argumentOf: 'root', scalar: 'Int' });
  });

  test('even if the schema repeats the built-in definitions, renames its roots and extends types', () => {
    const { bindings } = parseDefinition(`
      directive @topic(name: String!, keyArgument: String) on FIELD_DEFINITION
      scalar Long
      schema { query: Root }
      type Root { a(id: Long): Int @topic(name: "t", keyArgument: "id") }
      extend type Root { b: [Int] @topic(name: "t") }
    `);
    expect(bindings.map((binding) => binding.kind)).toEqual(['one-by-argument', 'all']);
  });

  test('after a comment, which ends with its line', () => {
    expect(problemsOf('# a comment\ntype Query { a: [Int] @topic(name: "t") }')).toEqual([]);
  });
});

describe('the problems of a schema', () => {
  test('are reported at once, in the order of the text', () => {
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

  test('are in the message too', () => {
    expect(() => parseDefinition('type Query {')).toThrow(
      'The GraphQL schema is invalid:\n  1:13 Syntax Error: Expected Name, found <EOF>.',
    );
  });

  const query = (fields: string): string => `type Query { ${fields} }`;
  const nested = (fields: string): string =>
    `type Query { a: [Int] @topic(name: "t") }\ntype T { ${fields} }`;
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
      '1:30 "a b" is not a valid topic name. Use 1 to 249 letters, digits, dots, dashes and underscores.',
    ],
    [
      'an internal topic',
      query('a: [Int] @topic(name: "__consumer_offsets")'),
      '1:30 Topic __consumer_offsets is internal and cannot be used.',
    ],
    [
      'a key of another type',
      query('a(id: DateTime): Int @topic(name: "t", keyArgument: "id")'),
      '1:53 The key argument id must be of type Int, Long, Float, String, ID, Boolean, Short, Bytes or a list of these, found DateTime.',
    ],
    [
      'a key that is an object with an object',
      `input I { a: Int b: I }\n${query('a(id: I): Int @topic(name: "t", keyArgument: "id")')}`,
      '2:46 The key argument id is an object, so each field of I must be of type Int, Long, Float, String, ID, Boolean, Short, Bytes and not a list.',
    ],
    [
      'one key for a list',
      query('a(id: ID): [Int] @topic(name: "t", keyArgument: "id")'),
      '1:49 The key argument id is not a list, but the field is. Use a list of keys.',
    ],
    [
      'many keys for one object',
      query('a(ids: [ID]): Int @topic(name: "t", keyArgument: "ids")'),
      '1:50 The key argument ids is a list, but the field is not. Use one key.',
    ],
    [
      'a list of lists',
      query('a: [[Int]] @topic(name: "t")'),
      '1:25 The type of Query.a is a list of lists. Use a list.',
    ],
    [
      'a keyField without a parent',
      query('a: Int @topic(name: "t", keyField: "b") b: [ID] @topic(name: "t")'),
      '1:39 keyField cannot be used on fields of Query, because they have no parent record. Use keyArgument.',
    ],
    [
      'a keyField that is a list for one object',
      nested('ids: [ID] a: Int @topic(name: "t", keyField: "ids")'),
      '2:45 The topic directive is set on a field with a non list type. The keyField type should not be a list. Please consider using scalar a type.',
    ],
    [
      'a keyField that is no list for a list',
      nested('id: ID a: [Int] @topic(name: "t", keyField: "id")'),
      '2:44 The keyField id is not a list, but the field is. Use a list of keys.',
    ],
    [
      'an interface with a topic',
      `interface I { a: [Int] @topic(name: "t") }\n${query('a: [Int] @topic(name: "t")')}`,
      '1:24 @topic on I.a has no effect, because I is an interface. Put it on the field of each type that implements it.',
    ],
    [
      'root fields that disagree about a key',
      `type Query { a(id: ID): T b(id: Int): T }\ntype T { c: Int @topic(name: "t", keyArgument: "id") }`,
      '2:35 The arguments id of the root fields have different types. Give them one type.',
    ],
    [
      'a subscription without a topic',
      `${query('a: [Int] @topic(name: "t")')}\ntype Subscription { a: Int }`,
      '2:21 Subscription field a needs @topic, or an object type with fields that have @topic.',
    ],
  ])('%s', (_what, sdl, problem) => {
    expect(problemsOf(sdl)).toEqual([problem]);
  });
});

test('a schema may be as large as those of public services with their descriptions', () => {
  const description = `"""\n${'What this is and how to use it. '.repeat(8)}\n"""`;
  const fields = Array.from(
    { length: 12 },
    (_none, at) => `${description}\nf${at}(first: Int = 10, after: String): [T${at}!]`,
  ).join('\n');
  const types = Array.from(
    { length: 400 },
    (_none, at) => `${description}\ntype T${at} { id: ID!\n${fields} }`,
  ).join('\n');
  const sdl = `type Query { t(id: ID!): T0 @topic(name: "t", keyArgument: "id") }\n${types}`;
  expect(sdl.length).toBeGreaterThan(1_250_000);
  expect(parseDefinition(sdl).bindings).toHaveLength(1);
});

test('the time to read a schema grows with its size, not with its size times its bindings', () => {
  const count = 4_900;
  const names = Array.from({ length: count }, (_none, at) => `T${at}`);
  const types = names.map(
    (name, at) => `type ${name} {
      id: ID
      next: ${names[(at + 1) % count]}
      other: ${names[(at * 7) % count]}
      bound: ${names[(at * 13) % count]} @topic(name: "t", keyArgument: "id")
    }`,
  );
  const root = 'type Query { t(id: ID): T0 @topic(name: "t", keyArgument: "id") }';
  const { bindings } = parseDefinition([root, ...types].join('\n'));
  expect(bindings).toHaveLength(count + 1);
  expect(bindings.at(-1)).toMatchObject({ kind: 'one-by-argument', argumentOf: 'root' });
});
