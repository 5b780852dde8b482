import { describe, expect, test } from 'vitest';

import { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from '../parse/parse-definition.ts';

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

const QUERY = 'type Query { pets: [Pet] @topic(name: "pets") }\n';

test('an interface and a union define how to find the types of their records', () => {
  const { abstractTypes } = parseDefinition(`${QUERY}
    interface Pet @discriminator(field: "kind") { kind: Kind! }
    enum Kind { CAT DOG }
    type Cat implements Pet @discriminatorValue(value: "CAT") { kind: Kind!, lives: Int }
    type Dog implements Pet @discriminatorValue(value: "DOG") { kind: Kind!, toyId: ID, toy: Toy! @topic(name: "toys", keyField: "toyId") }
    union Toy = Ball | Rope
    type Ball { size: Int! }
    type Rope { length: Int! }`);
  expect(abstractTypes).toEqual([
    {
      name: 'Pet',
      discriminator: 'kind',
      members: [
        { typeName: 'Cat', value: 'CAT', required: ['kind'] },
        { typeName: 'Dog', value: 'DOG', required: ['kind'] },
      ],
    },
    {
      name: 'Toy',
      members: [
        { typeName: 'Ball', value: 'Ball', required: ['size'] },
        { typeName: 'Rope', value: 'Rope', required: ['length'] },
      ],
    },
  ]);
});

describe('a schema is invalid if', () => {
  test.each([
    [
      'a type has no such field',
      `${QUERY}union Pet @discriminator(field: "kind") = Cat\ntype Cat { id: ID }`,
      '2:11 The discriminator must be a field in the records of every type, but Cat has no such field kind. Add it, or name another field.',
    ],
    [
      'the discriminator is a number',
      `${QUERY}union Pet @discriminator(field: "kind") = Cat\ntype Cat { kind: Int! }`,
      '2:11 The discriminator Cat.kind must be of type String, ID or an enum, found Int.',
    ],
    [
      'an enum has no such value',
      `${QUERY}union Pet @discriminator(field: "kind") = Cat\ntype Cat { kind: K }\nenum K { CAT }`,
      '2:11 The discriminator Cat.kind has the type K, which has no value Cat. Name one of its values with @discriminatorValue.',
    ],
    [
      'two types have the same value',
      `${QUERY}union Pet @discriminator(field: "k") = A | B\ntype A @discriminatorValue(value: "x") { k: ID }\ntype B @discriminatorValue(value: "x") { k: ID }`,
      '4:8 The types A and B of Pet have the same discriminator value "x". Change one of them with @discriminatorValue.',
    ],
    [
      'a value says nothing',
      `${QUERY}union Pet = A\ntype A @discriminatorValue(value: "x") { k: ID }`,
      '3:8 @discriminatorValue of A has no effect: A is in no interface or union with @discriminator. Remove it, or add a @discriminator.',
    ],
  ])('%s', (_what, sdl, problem) => {
    expect(problemsOf(sdl)).toEqual([problem]);
  });
});

test('a schema contains only the built-in scalars that it uses, and another type may have such a name', () => {
  const { schema } = parseDefinition(
    'type Query { a: [Short] @topic(name: "t"), b: [Char] @topic(name: "t") }\nenum Char { A }',
  );
  const names = Object.keys(schema.getTypeMap());
  expect(names).toEqual(expect.arrayContaining(['Short', 'Char']));
  expect(names).not.toEqual(expect.arrayContaining(['Long']));
  expect(String(schema.getType('Char')?.astNode?.kind)).toBe('EnumTypeDefinition');
});

test('a schema may repeat a built-in scalar, which keeps its built-in description and specification', () => {
  const { schema } = parseDefinition(
    'scalar DateTime\ntype Query { a: [DateTime] @topic(name: "t") }',
  );
  expect(schema.getType('DateTime')?.toConfig()).toMatchObject({
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  });
});
