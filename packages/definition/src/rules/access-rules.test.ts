import { expect, test } from 'vitest';

import type { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from '../parse/parse-definition.ts';

const schemaOf = (fields: string, more = ''): string => `type Query { ${fields} }
type Order { id: ID owner: User total: Int tags: [String] } type User { name: String } ${more}`;

function problemsOf(sdl: string): readonly string[] {
  try {
    parseDefinition(sdl);
    return [];
  } catch (error) {
    return (error as DefinitionError).problems.map(
      ({ line, column, message }) => `${line}:${column} ${message}`,
    );
  }
}

test.each([
  [
    'orders: [Order] @topic(name: "o") @requiresScopes(scopes: [])',
    '1:48 @requiresScopes has an empty',
  ],
  [
    'orders: [Order] @topic(name: "o") @requiresScopes(scopes: [[]])',
    '1:48 @requiresScopes has an empty',
  ],
  [
    'orders: [Order] @topic(name: "o") @requiresScopes(scopes: [["a b"]])',
    '1:64 "a b" is not a scope',
  ],
  ['orders: [Order] @topic(name: "o") @requiresScopes', 'argument "scopes"'],
  ['order: Order @topic(name: "o", keyClaim: "")', '1:45 keyClaim must be'],
  [
    'order(id: ID): Order @topic(name: "o", keyClaim: "sub", keyArgument: "id")',
    'mutually exclusive',
  ],
  ['orders: [Order] @topic(name: "o", whereField: "id")', '1:48 whereField needs whereClaim'],
  ['orders: [Order] @topic(name: "o", whereClaim: "sub")', '1:48 whereClaim needs whereField'],
  ['orders: [Order] @topic(name: "o", whereField: "no", whereClaim: "sub")', 'have no field no'],
  ['orders: [Order] @topic(name: "o", whereField: "owner", whereClaim: "sub")', 'is an object'],
])('a mistake about access has its line and column: %s', (fields, problem) => {
  expect(problemsOf(schemaOf(fields)).join('\n')).toContain(problem);
});

test('a mutation with a claim as its key has only the value as its argument', () => {
  const mutation = (args: string): string =>
    schemaOf(
      'orders: [Order] @topic(name: "o")',
      `input OrderInput { total: Int } type Mutation { save${args}: Order @topic(name: "o", keyClaim: "sub") }`,
    );
  expect(problemsOf(mutation('(order: OrderInput)'))).toEqual([]);
  expect(problemsOf(mutation('(id: ID, order: OrderInput)')).join()).toContain('has one argument');
  const { bindings } = parseDefinition(mutation('(order: OrderInput)'));
  expect(bindings).toContainEqual(
    expect.objectContaining({ kind: 'write', keyOf: 'claim', keyArgument: 'sub', scalar: 'ID' }),
  );
});

test('a path in whereField and a list of values are valid', () => {
  for (const field of ['owner.name', 'tags']) {
    const { bindings } = parseDefinition(
      schemaOf(`orders: [Order] @topic(name: "o", whereField: "${field}", whereClaim: "sub")`),
    );
    expect(bindings[0]?.where).toEqual({ path: field.split('.'), claim: 'sub' });
  }
});

test('a field has the rules of itself, its parent, its type and their interfaces', () => {
  const { accessRules } = parseDefinition(`
    interface Node @requiresScopes(scopes: [["node"]]) { id: ID @requiresScopes(scopes: [["id"]]) }
    type Query { a: A @topic(name: "a", keyClaim: "sub") @authenticated b: [B] @topic(name: "b") }
    type A implements Node @requiresScopes(scopes: [["a1", "a2"], ["a3"]]) { id: ID }
    type B { color: Color }
    enum Color @authenticated { RED }`);
  const ruleOf = (typeName: string, fieldName: string): unknown =>
    accessRules.find((rule) => rule.typeName === typeName && rule.fieldName === fieldName);
  const ofA = [[['a1', 'a2'], ['a3']], [['node']]];
  expect(ruleOf('Query', 'a')).toMatchObject({ isAuthenticated: true, scopes: ofA });
  expect(ruleOf('A', 'id')).toMatchObject({ isAuthenticated: false, scopes: [...ofA, [['id']]] });
  expect(ruleOf('B', 'color')).toMatchObject({ isAuthenticated: true, scopes: [] });
  expect(ruleOf('Query', 'b')).toBeUndefined();
});
