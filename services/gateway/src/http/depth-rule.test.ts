import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';

import { depthRule } from './depth-rule.ts';

const schema = buildSchema('type Query { a: A x: Int } type A { a: A b: A x: Int }');
const codesOf = (query: string): unknown[] =>
  validate(schema, parse(query), [...specifiedRules, depthRule(10)]).map(
    (error) => error.extensions['code'],
  );
const nested = (levels: number): string =>
  `${'a { '.repeat(levels - 1)}x${' }'.repeat(levels - 1)}`;

describe('row 91: ten levels of fields pass and eleven do not', () => {
  test.each([
    ['as fields', (levels: number) => `{ ${nested(levels)} }`],
    [
      'through inline fragments',
      (levels: number) => `{ ... { a { ... on A { ${nested(levels - 1)} } } } }`,
    ],
    [
      'through a fragment',
      (levels: number) => `{ a { ...F } } fragment F on A { ${nested(levels - 1)} }`,
    ],
    [
      'through a fragment that was met before at a shallower place',
      (levels: number) =>
        `{ a { ...F ${'a { '.repeat(4)} ...F ${' }'.repeat(4)} } } fragment F on A { ${nested(levels - 5)} }`,
    ],
    [
      'through a fragment called __schema',
      (levels: number) => `{ a { ...__schema } } fragment __schema on A { ${nested(levels - 1)} }`,
    ],
    [
      'in a second operation',
      (levels: number) => `query One { x } query Two { ${nested(levels)} }`,
    ],
  ])('%s', (_how, query) => {
    expect(codesOf(query(10))).toEqual([]);
    expect(codesOf(query(11))).toEqual(['DEPTH']);
  });
});

test('fragments in a circle end, and are refused by their own rule', () => {
  expect(
    codesOf('{ a { ...F } } fragment F on A { a { ...G } } fragment G on A { a { ...F } }'),
  ).toEqual([undefined]);
});

test('introspection does not count, where it is introspection', () => {
  const types =
    '__schema { types { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } }';
  expect(codesOf(`{ ${types} }`)).toEqual([]);
  expect(codesOf(`{ __schema: ${nested(11)} }`)).toEqual(['DEPTH']);
});
