import { buildSchema, parse } from 'graphql';
import { afterEach, describe, expect, test } from 'vitest';

import { DocumentRules } from './document-rules.ts';
import type { TopicList } from './measure-operation.ts';

const schema = buildSchema(`
  type Query { a: A x: Int as: [A] keyed(ids: [ID!]): [A] page(first: Int, limit: Int = 30): [A] connection(first: Int, last: Int): Page
    known: [A] few(first: Int): Page all(first: Int, limit: Int): [A] rest(first: Int): Wrapped }
  type Wrapped { page: Page as: [A] total: Int }
  type A { a: A b: A x: Int as: [A] xs: [Int] }
  type Page { edges: [Edge] pageInfo: A }
  type Edge { node: A }
`);
const MAX = { depthMax: 10, aliasesMax: 15, directivesMax: 50, costMax: 100_000 };

function rulesOf(limits: Partial<typeof MAX> = {}): DocumentRules {
  return new DocumentRules({
    schema,
    limits: { ...MAX, tokensMax: 1_000, costListItems: 10, ...limits },
    introspection: true,
    listOf: (typeName, fieldName) => TOPIC_LISTS[`${typeName}.${fieldName}`],
  });
}

const TOPIC_LISTS: Readonly<Record<string, TopicList>> = {
  'Query.keyed': { by: 'keys', argument: 'ids' },
  'Query.connection': { by: 'page', sizeDefault: 100 },
  'Query.all': { by: 'nothing' },
  'Query.known': { by: 'known', of: { name: 'Topic known', count: () => knownItems } },
  'Query.few': {
    by: 'page',
    sizeDefault: 100,
    of: { name: 'Topic few', count: () => knownItems },
  },
};
/** The number of items that the gateway knows. */
let knownItems: number | undefined;

const codesOf = (
  query: string,
  limits: Partial<typeof MAX> = {},
  variables: Readonly<Record<string, unknown>> = {},
): unknown[] =>
  rulesOf(limits)
    .check(parse(query, { noLocation: true }), variables)
    .map((error) => error.extensions['code']);

/** The cost in the text of the error. */
function costOf(query: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const [error] = rulesOf({ costMax: 0 }).check(parse(query), variables);
  return Number(/contain ([\d.e+]+|Infinity) values/.exec(error?.message ?? '')?.[1]);
}

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
      'through a fragment that was spread before at a shallower level',
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

describe('rows 94 and 95: aliases and directives pass up to the limit', () => {
  const times = (count: number, text: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => text(at)).join(' ');

  test.each([
    ['aliases of a field', 15, 'ALIASES', (n: number) => `{ ${times(n, (at) => `a${at}: x`)} }`],
    [
      'aliases of __typename',
      15,
      'ALIASES',
      (n: number) => `{ ${times(n, (at) => `a${at}: __typename`)} }`,
    ],
    [
      'aliases of introspection',
      15,
      'ALIASES',
      (n: number) => `{ ${times(n, (at) => `a${at}: __schema { __typename }`)} }`,
    ],
    [
      'aliases through a fragment that is spread twice',
      14,
      'ALIASES',
      (n: number) =>
        `{ a { ...F a { ...F } } } fragment F on A { ${times(Math.ceil(n / 2), (at) => `a${at}: x`)} }`,
    ],
    [
      'directives on one field',
      50,
      'DIRECTIVES',
      (n: number) => `{ a { x ${'@include(if: true) '.repeat(n)} } }`,
    ],
    [
      'directives everywhere',
      50,
      'DIRECTIVES',
      (n: number) =>
        `query @a { a { ...F @a ... @a { x } } } fragment F on A @a { x ${'@a '.repeat(n - 4)} }`,
    ],
  ])('%s', (_what, max, code, query) => {
    expect(codesOf(query(max))).not.toContain(code);
    expect(codesOf(query(max + 1))).toContain(code);
  });
});

describe('row 96: each field costs one for every item of the lists above it', () => {
  test.each([
    ['one field', '{ x }', {}, 1],
    ['a list without a size counts as ten items', '{ as { x } }', {}, 20],
    ['nested lists multiply', '{ as { as { x } } }', {}, 10 * (1 + 20)],
    ['a list of numbers', '{ a { xs } }', {}, 11],
    ['keys are counted', '{ keyed(ids: ["a", "b", "c"]) { x } }', {}, 6],
    [
      'keys in a variable',
      'query ($ids: [ID!]) { keyed(ids: $ids) { x } }',
      { ids: ['a', 'b'] },
      4,
    ],
    ['first', '{ page(first: 100000) { x } }', {}, 200_000],
    ['first in a variable', 'query ($n: Int) { page(first: $n) { x } }', { n: 7 }, 60],
    ['the default of a variable', 'query ($n: Int = 50) { page(first: $n) { x } }', {}, 100],
    ['the default of an argument', '{ page { x } }', {}, 60],
    [
      'a page counts once, not again for its list',
      '{ connection(first: 100) { edges { node { x } } } }',
      {},
      1 + 300,
    ],
    [
      'the other fields of a page count once',
      '{ connection(first: 100) { edges { node { x } } pageInfo { x } } }',
      {},
      1 + 300 + 2,
    ],
    ['a page without a size', '{ connection { edges { node { x } } } }', {}, 301],
    [
      'a page with null for its size',
      '{ connection(last: null) { edges { node { x } } } }',
      {},
      301,
    ],
    [
      'the lists in a page count as lists',
      '{ connection(first: 5) { edges { node { as { x } } } } }',
      {},
      1 + 5 * (1 + 1 + 20),
    ],
    ['arguments that have no effect on a topic', '{ all(first: 1, limit: 1) { x } }', {}, 20],
    [
      'a page of a service, inside any object',
      '{ rest(first: 50) { total page { edges { node { x } } } } }',
      {},
      1 + 1 + 1 + 150,
    ],
    ['through a fragment', '{ as { ...F } } fragment F on A { as { x } }', {}, 10 * (1 + 20)],
    ['introspection', '{ __schema { types { fields { name } } } }', {}, 1],
    ['a negative number', '{ page(first: -5, limit: null) { x } }', {}, 60],
  ])('%s', (_what, query, variables, cost) => {
    expect(costOf(query, variables)).toBe(cost);
  });

  test('fragments that double each other cost as much as their expansion, and each is measured once', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, at) => `fragment F${at} on A { ...F${at + 1} ...F${at + 1} }`,
    );
    const query = `{ as { ...F0 } } ${fragments.join(' ')} fragment F60 on A { x }`;
    expect(costOf(query)).toBeGreaterThan(1e18);
  });

  test('an operation that only its variables put over a limit passes with other variables', () => {
    const rules = rulesOf();
    const document = parse('query ($n: Int) { page(first: $n) { x } }');
    expect(rules.check(document, { n: 1_000 })).toEqual([]);
    expect(rules.check(document, { n: 100_000 })).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COMPLEX' } },
    ]);
    expect(rules.check(document, { n: 1_000 })).toEqual([]);
  });
});

describe('a list without arguments', () => {
  afterEach(() => (knownItems = undefined));

  test.each([
    ['counts as ten items if its length is not known', '{ known { x } }', undefined, 20],
    ['counts as long as it is', '{ known { x } }', 30_000, 60_000],
    ['counts once if it is empty', '{ known { x } }', 0, 2],
    ['multiplies the lists below', '{ known { as { x } } }', 200, 200 * 21],
    ['makes a page no longer', '{ few(first: 100) { edges { node { x } } } }', 7, 1 + 7 * 3],
    ['makes a page no shorter', '{ few(first: 5) { edges { node { x } } } }', 7, 1 + 5 * 3],
  ])('%s', (_what, query, items, cost) => {
    knownItems = items;
    expect(costOf(query)).toBe(cost);
  });

  test('has the verdict of its present length', () => {
    const rules = rulesOf({ costMax: 100 });
    const document = parse('{ known { x } }');
    const errors = (items: number): number => {
      knownItems = items;
      return rules.check(document, {}).length;
    };
    expect([10, 51, 50].map(errors)).toEqual([0, 1, 0]);
  });

  test('costs nothing if a directive leaves it out', () => {
    knownItems = 1_000;
    const query = 'query ($all: Boolean!) { x known @include(if: $all) { x } }';
    expect(costOf(query, { all: true })).toBe(2_001);
    expect(costOf(query, { all: false })).toBe(1);
    expect(costOf('{ x ... @skip(if: true) { known { x } } }')).toBe(1);
    expect(costOf('query ($no: Boolean = true) { x known @skip(if: $no) { x } }')).toBe(1);
  });
});

test('fragments in a cycle are rejected by the rule of GraphQL', () => {
  expect(
    codesOf('{ a { ...F } } fragment F on A { a { ...G } } fragment G on A { a { ...F } }'),
  ).toEqual([undefined]);
});

test('only real introspection does not count', () => {
  const types =
    '__schema { types { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } }';
  expect(codesOf(`{ ${types} }`)).toEqual([]);
  expect(codesOf(`{ __schema: ${nested(11)} }`)).toEqual(['DEPTH']);
});

test('row 92: a chain of fragments that exceeds the stack is an error', () => {
  const length = 30_000;
  const chain = Array.from({ length }, (_, at) => `fragment F${at} on A { ...F${at + 1} }`).join(
    ' ',
  );
  expect(codesOf(`{ a { ...F0 } } ${chain} fragment F${length} on A { x }`)).toEqual(['DEPTH']);
});
