import { expect, test } from 'vitest';

import { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from '../parse/parse-definition.ts';

function problemsOf(sdl: string): readonly string[] {
  try {
    parseDefinition(sdl);
    return [];
  } catch (error) {
    if (error instanceof DefinitionError) {
      return error.problems.map(({ line, message }) => `${line} ${message}`);
    }
    throw error;
  }
}

const TYPES = `
input ItemInput { color: String }
type Item { color: String makerId: ID maker: Maker @topic(name: "makers", keyField: "makerId") }
type Maker { name: String }
type Shop { catalog: Catalog! name: String }
type Catalog { items: [Item] @topic(name: "items") }
type Calls { send: Maker @rest(url: "http://h/send", httpMethod: POST) inner: Calls }
type Empty { inner: Empty maker: Maker }
interface Named { name: String }`;
const QUERY = 'type Query { items: [Item] @topic(name: "items") }';

test.each([
  ['a scalar', 'ping: String!'],
  ['a list', 'ping: [Item]'],
  ['an interface', 'ping: Named'],
  ['a type without a bound field', 'ping: Maker'],
  ['a type of itself', 'ping: Empty'],
  ['a type whose bound fields need its record', 'ping: Item'],
  ['a list of groups', 'ping: [Catalog]'],
])('Query with an unbound field is invalid: %s', (_what, field) => {
  expect(problemsOf(`type Query {\n${field}\n}${TYPES}`)).toEqual([
    '2 Query.ping never has a value, because neither it nor a field below it has @topic or @rest. Add one.',
  ]);
});

test.each([
  ['the record of a topic', 'save(id: Long!, item: ItemInput): Item'],
  ['a scalar', 'save: Boolean'],
  ['a group with a field of no topic', 'save: Shop'],
])('Mutation with an unbound field is invalid: %s', (_what, field) => {
  expect(problemsOf(`${QUERY} type Mutation {\n${field}\n}${TYPES}`)).toEqual([
    '2 Mutation.save does nothing, because it has no @topic or @rest. Add one.',
  ]);
});

test('the names of root types are those of the schema', () => {
  expect(
    problemsOf(
      `schema { query: Q mutation: M }\ntype Q { a: Int }\ntype M {\na: Int b: Maker @rest(url: "http://h/") }${TYPES}`,
    ),
  ).toEqual([
    '2 Q.a never has a value, because neither it nor a field below it has @topic or @rest. Add one.',
    '4 M.a does nothing, because it has no @topic or @rest. Add one.',
  ]);
});

test('fields of Query and Mutation may group bound fields, to any depth', () => {
  expect(
    problemsOf(
      `type Query { shop: Shop! catalog(id: ID): Catalog } type Mutation { calls: Calls }${TYPES}`,
    ),
  ).toEqual([]);
});

test('an unknown directive is the only problem of a field', () => {
  expect(problemsOf(`type Query { a: [Item] @topik(name: "items") }${TYPES}`)).toEqual([
    '1 Unknown directive "@topik". Did you mean "@topic"?',
  ]);
});
