import { expect, test } from 'vitest';

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

const query = (fields: string): string => `type Query { ${fields} }`;
const withQuery = (rest: string): string => `type Query { q: [Int] @topic(name: "q") }\n${rest}`;
const mutation = (field: string): string => withQuery(`type Mutation { ${field} }`);
const subscription = (field: string, types = ''): string =>
  withQuery(`type Subscription { ${field} }\n${types}`);

/** The fault, the schema, and all its problems. */
const BROKEN: readonly (readonly [string, string, readonly string[]])[] = [
  ['a syntax error', 'type Query { a: Int @topic(name: }', ['1:34 Syntax Error: Unexpected "}".']],
  ['no Query', 'type T { a: Int }', ['1:1 Query root type must be provided.']],
  [
    'a type with two definitions',
    withQuery('type T { a: Int }\ntype T { b: Int }'),
    ['2:6 There can be only one type named "T".'],
  ],
  [
    'a field with two definitions',
    query('a: Int a: Int'),
    ['1:14 Field "Query.a" can only be defined once.'],
  ],
  ['an unknown type', query('a: Unknown'), ['1:17 Unknown type "Unknown".']],
  [
    'an unknown type beside a broken rule',
    query('a: Unknown b: Int @topic(name: "t")'),
    [
      '1:17 Unknown type "Unknown".',
      '1:32 When the return type is not a list for a non-mutation and non-subscription type, key information (keyArgument or keyField) is needed.',
    ],
  ],
  [
    'an unknown directive beside a broken rule',
    query('a: Int @topic2(name: "t") b: Int @topic(name: "t")'),
    [
      '1:21 Unknown directive "@topic2". Did you mean "@topic"?',
      '1:47 When the return type is not a list for a non-mutation and non-subscription type, key information (keyArgument or keyField) is needed.',
    ],
  ],
  [
    '@topic in a wrong place',
    withQuery('type T @topic(name: "t") { a: Int }'),
    ['2:8 Directive "@topic" may not be used on OBJECT.'],
  ],
  [
    '@topic twice',
    query('a: [Int] @topic(name: "t") @topic(name: "u")'),
    ['1:23 The directive "@topic" can only be used once at this location.'],
  ],
  [
    '@topic without a name',
    query('a: [Int] @topic'),
    [
      '1:23 Directive "@topic" argument "name" of type "String!" is required, but it was not provided.',
    ],
  ],
  [
    'an unknown argument of @topic',
    query('a: [Int] @topic(name: "t", key: "a")'),
    ['1:41 Unknown argument "key" on directive "@topic".'],
  ],
  [
    'a name that is not a string',
    query('a: [Int] @topic(name: 5)'),
    ['1:36 Argument "name" has invalid value 5.'],
  ],
  [
    'a topic that cannot exist',
    query('a: [Int] @topic(name: "a b")'),
    [
      '1:30 "a b" is not a valid topic name. Use 1 to 249 letters, digits, dots, dashes and underscores.',
    ],
  ],
  [
    'an internal topic',
    query('a: [Int] @topic(name: "__topic-registry")'),
    ['1:30 Topic __topic-registry is internal and cannot be used.'],
  ],
  [
    'a value without a key',
    query('a: Int @topic(name: "t")'),
    [
      '1:21 When the return type is not a list for a non-mutation and non-subscription type, key information (keyArgument or keyField) is needed.',
    ],
  ],
  [
    'a keyArgument that is not an argument',
    query('a(id: ID): Int @topic(name: "t", keyArgument: "key")'),
    ['1:47 Key argument has to be identical to the input name.'],
  ],
  [
    'a keyArgument and a keyField',
    withQuery(
      'type T { id: ID a(id: ID): Int @topic(name: "t", keyArgument: "id", keyField: "id") }',
    ),
    ['2:69 keyArgument and keyField are mutually exclusive.'],
  ],
  [
    'a keyField that does not exist',
    withQuery('type T { a: Int @topic(name: "t", keyField: "id") }'),
    [
      '2:35 Could not find the keyField id in the parent type definition. Please check your schema.',
    ],
  ],
  [
    'a path to a key with a missing field',
    withQuery('type T { u: U a: Int @topic(name: "t", keyField: "u.v.id") }\ntype U { id: ID }'),
    [
      '2:40 Could not find the keyField u.v.id in the parent type definition. Please check your schema.',
    ],
  ],
  [
    'a path to a key that ends at an object with a list',
    withQuery('type T { u: U a: Int @topic(name: "t", keyField: "u") }\ntype U { ids: [ID] }'),
    [
      '2:40 The keyField u is an object, so each field of U must be of type Int, Long, Float, String, ID, Boolean, Short, Bytes and not a list.',
    ],
  ],
  [
    'a path through a list for one value',
    withQuery('type T { u: [U] a: Int @topic(name: "t", keyField: "u.id") }\ntype U { id: ID }'),
    [
      '2:42 The topic directive is set on a field with a non list type. The keyField type should not be a list. Please consider using scalar a type.',
    ],
  ],
  [
    'one key for a list',
    withQuery('type T { id: ID a: [Int] @topic(name: "t", keyField: "id") }'),
    ['2:44 The keyField id is not a list, but the field is. Use a list of keys.'],
  ],
  [
    'a list of keys for one value',
    query('a(ids: [ID]): Int @topic(name: "t", keyArgument: "ids")'),
    ['1:50 The key argument ids is a list, but the field is not. Use one key.'],
  ],
  [
    'a key that is a DateTime',
    query('a(id: DateTime): Int @topic(name: "t", keyArgument: "id")'),
    [
      '1:53 The key argument id must be of type Int, Long, Float, String, ID, Boolean, Short, Bytes or a list of these, found DateTime.',
    ],
  ],
  [
    'a keyField on Query',
    query('a: Int @topic(name: "t", keyField: "id") id: [ID] @topic(name: "t")'),
    [
      '1:39 keyField cannot be used on fields of Query, because they have no parent record. Use keyArgument.',
    ],
  ],
  [
    'root fields with different types of the key',
    query('a(id: ID): T b(id: Int): T') +
      '\ntype T { c: Int @topic(name: "t", keyArgument: "id") }',
    ['2:35 The arguments id of the root fields have different types. Give them one type.'],
  ],
  [
    'a list of lists of a topic',
    query('a: [[Int]] @topic(name: "t")'),
    ['1:25 The type of Query.a is a list of lists. Use a list.'],
  ],
  [
    'a range with one bound',
    query('a(id: ID, f: Int): [Int] @topic(name: "t", keyArgument: "id", rangeFrom: "f")'),
    ['1:76 Both rangeFrom and rangeTo arguments should be set.'],
  ],
  [
    'a range without a key, of one value',
    query('a(f: Int, t: Int): Int @topic(name: "t", rangeFrom: "f", rangeTo: "t")'),
    [
      '1:37 When the return type is not a list for a non-mutation and non-subscription type, key information (keyArgument or keyField) is needed.',
      '1:55 You must define a keyArgument.',
      '1:55 The return type of range queries should be a list.',
    ],
  ],
  [
    'a range below Query',
    withQuery(
      'type T { a(id: ID, f: Int, t: Int): [Int] @topic(name: "t", keyArgument: "id", rangeFrom: "f", rangeTo: "t") }',
    ),
    ['2:80 Range queries are only supported on Query types.'],
  ],
  [
    'bounds that are not arguments',
    query('a(id: ID): [Int] @topic(name: "t", keyArgument: "id", rangeFrom: "f", rangeTo: "t")'),
    [
      '1:68 Could not find the keyArgument f in the parent type definition. Please check your schema.',
      '1:84 Could not find the keyArgument t in the parent type definition. Please check your schema.',
    ],
  ],
  [
    'bounds of different types',
    query(
      'a(id: ID, f: Int, t: Long): [Int] @topic(name: "t", keyArgument: "id", rangeFrom: "f", rangeTo: "t")',
    ),
    ['1:101 The range arguments f and t have different types: Int and Long. Give them one type.'],
  ],
  [
    'bounds of a type without an order',
    query(
      'a(id: ID, f: Boolean, t: [Int]): [Int] @topic(name: "t", keyArgument: "id", rangeFrom: "f", rangeTo: "t")',
    ),
    [
      '1:90 The range argument f must be of type Int, Long, Float, String, ID, DateTime, found Boolean.',
      '1:106 The range argument t must be of type Int, Long, Float, String, ID, DateTime, found [Int].',
      '1:106 The range arguments f and t have different types: Boolean and Int. Give them one type.',
    ],
  ],
  [
    'a range by a list of keys',
    query(
      'a(ids: [ID], f: Int, t: Int): [Int] @topic(name: "t", keyArgument: "ids", rangeFrom: "f", rangeTo: "t")',
    ),
    ['1:68 The key argument ids is a list, but this field takes one key.'],
  ],
  [
    'a mutation with one argument',
    mutation('set(id: ID): Int @topic(name: "t")'),
    ['2:34 Mutation requires two input arguments'],
  ],
  [
    'a mutation with three arguments',
    mutation('set(id: ID, a: Int, b: Int): Int @topic(name: "t")'),
    ['2:50 Mutation requires two input arguments'],
  ],
  [
    'a mutation that does not return its value',
    mutation('set(id: ID, value: I): Int @topic(name: "t")') + '\ninput I { a: Int }',
    [
      '2:44 The field returns the value that it writes, but the value argument value has type I and the field Int. Use matching types.',
    ],
  ],
  [
    'mutations whose value is a scalar of ours, and their answer is an object or a list',
    mutation('a(id: ID, at: DateTime): T @topic(name: "t")') +
      '\ntype T { a: Int }\nextend type Mutation { b(id: ID, n: BigDecimal): [BigDecimal] @topic(name: "t") c(id: ID, j: JSON): T @topic(name: "t") }',
    [
      '2:44 The field returns the value that it writes, but the value argument at has type DateTime and the field T. Use matching types.',
      '4:63 The field returns the value that it writes, but the value argument n has type BigDecimal and the field [BigDecimal]. Use matching types.',
    ],
  ],
  [
    'a mutation whose key is an object with a time',
    mutation('set(key: I, value: Int): Int @topic(name: "t")') + '\ninput I { a: DateTime }',
    [
      '2:46 The key argument key is an object, so each field of I must be of type Int, Long, Float, String, ID, Boolean, Short, Bytes and not a list.',
    ],
  ],
  [
    'a valueArgument that is no argument, one that is the key, and one that is no mutation',
    mutation(
      'a(id: ID, v: Int): Int @topic(name: "t", valueArgument: "w") b(id: ID, v: Int): Int @topic(name: "t", keyArgument: "id", valueArgument: "id")',
    ) + '\nextend type Query { c: [Int] @topic(name: "t", valueArgument: "v") }',
    [
      '2:58 valueArgument names w, but Mutation.a has no such argument. Name one of its arguments.',
      '2:138 keyArgument and valueArgument name the same argument id. Name two arguments.',
      '3:48 valueArgument can be used only on fields of Mutation.',
    ],
  ],
  [
    'a subscription to a list of a type that follows topics',
    subscription('a: [S]') + '\ntype S { id: ID b: Int @topic(name: "t", keyField: "id") }',
    ['2:21 Kafka subscription must not return a list type'],
  ],
  [
    'a subscription to a list',
    subscription('a: [Int] @topic(name: "t")'),
    ['2:30 Kafka subscription must not return a list type'],
  ],
  [
    'a subscription without any topic',
    subscription('a: T', 'type T { b: Int }'),
    ['2:21 Subscription field a needs @topic, or an object type with fields that have @topic.'],
  ],
  [
    'tombstones of a non-null field, and of a field that is not followed',
    subscription(
      'a: Int! @topic(name: "t", tombstones: true)',
      'extend type Query { b: [Int] @topic(name: "t", tombstones: true) }',
    ),
    [
      '2:47 A tombstone is null, but Subscription.a is not nullable. Make its type nullable.',
      '3:48 tombstones can be used only if a subscription follows the topic.',
    ],
  ],
  [
    'several topics by several keys',
    subscription(
      'a: T',
      'type T { x: ID y: ID b: Int @topic(name: "t", keyField: "x") c: Int @topic(name: "u", keyField: "y") }',
    ),
    ['2:21 An event has one key, but the fields of T use several: x, y. Use one keyField.'],
  ],
  [
    'several topics by a path to a key',
    subscription(
      'a: T',
      'type T { u: U b: Int @topic(name: "t", keyField: "u.id") }\ntype U { id: ID }',
    ),
    [
      '2:21 The key of an event is a field of T itself, but its keyField is the path u.id. Use a field of T.',
    ],
  ],
  [
    'several topics with an argument that is no key',
    subscription('a(id: ID, limit: Int): T', 'type T { b: Int @topic(name: "t") }'),
    [
      '2:21 Subscription field a follows several topics and can have only one argument, a key of type Int, Long, Float, String, ID, Boolean, Short, Bytes. Found: id: ID, limit: Int.',
    ],
  ],
  [
    'nothing but lists to follow',
    subscription('a: T', 'type T { b: [Int] @topic(name: "t") }'),
    [
      '2:21 Subscription field a has nothing to follow, because all fields of T with @topic are lists. Add a field for one record.',
    ],
  ],
  [
    'a field without a key in a type that is also read without events',
    subscription('a: T', 'type T { b: Int @topic(name: "t") }\nextend type Query { c: T }'),
    [
      '3:17 T.b takes its key from the events of a subscription, but Query.c returns T too, without events. Add a keyArgument or a keyField.',
    ],
  ],
  [
    'an input that needs itself',
    withQuery('input I { i: I! }'),
    [
      '2:11 Cannot reference Input Object "I" within itself through a series of non-null fields: "i".',
    ],
  ],
  [
    'interfaces that implement each other',
    withQuery('interface A implements B { a: Int }\ninterface B implements A { a: Int }'),
    [
      '2:24 Type B cannot implement A because it would create a circular reference.',
      '3:24 Type A cannot implement B because it would create a circular reference.',
    ],
  ],
  [
    'names that are reserved',
    withQuery('type __T { __a: Int }'),
    [
      '2:1 Name "__T" must not begin with "__", which is reserved by GraphQL introspection.',
      '2:12 Name "__a" must not begin with "__", which is reserved by GraphQL introspection.',
    ],
  ],
  [
    'a union of itself',
    withQuery('union U = U'),
    ['2:11 Union type U can only include Object types, it cannot include U.'],
  ],
  [
    'a directive that refers to itself',
    withQuery(
      'directive @d(x: Int @e) on FIELD_DEFINITION | ARGUMENT_DEFINITION\ndirective @e(x: Int @d) on FIELD_DEFINITION | ARGUMENT_DEFINITION',
    ),
    ['2:1 Directive @d refers to itself.', '3:1 Directive @e refers to itself.'],
  ],
  [
    'lists within lists without end',
    query('a: ' + '['.repeat(6_000) + 'Int' + ']'.repeat(6_000)),
    ['1:36 More than 20 brackets are open here, and no more are allowed.'],
  ],
  [
    'more text than a schema can have',
    withQuery('#'.repeat(4_000_000)),
    ['1:1 The schema has 4000042 characters; at most 4000000 are allowed.'],
  ],
  [
    'more types than a schema can have',
    withQuery(Array.from({ length: 5_000 }, (_, at) => `scalar S${at}`).join('\n')),
    ['5001:1 The schema has 5001 types; at most 5000 are allowed.'],
  ],
  [
    'a description that is not closed',
    withQuery('"""a"""""" type T { a: Int }'),
    ['2:29 Syntax Error: Unterminated string.'],
  ],
];

test.each(BROKEN)('%s', (_what, sdl, problems) => {
  expect(problemsOf(sdl)).toEqual(problems);
});
