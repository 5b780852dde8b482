import { expect, test } from 'vitest';

import { parseDefinition } from '../parse/parse-definition.ts';
import {
  documentsExcess,
  documentsProblems,
  DOCUMENTS_BYTES_MAX,
  DOCUMENTS_MAX,
} from './trusted-documents.ts';

const { schema } = parseDefinition(`
  type Query { product(id: Long!): Product @topic(name: "products", keyArgument: "id") }
  type Product { id: Long name: String added: DateTime }
`);

test('documents that fit the schema have no problems, with built-in scalars and fragments', () => {
  const documents = {
    'one.graphql':
      'query One($id: Long!) { product(id: $id) { ...All } } fragment All on Product { name added }',
    'many.graphql': 'query A { product(id: 1) { id } } query B { product(id: 2) { id } }',
  };
  expect(documentsProblems(schema, documents)).toEqual([]);
});

test('all problems are reported at once by file, line and column', () => {
  const documents = {
    'fine.graphql': '{ product(id: 1) { id } }',
    'fields.graphql': 'query {\n  product(id: 1) { nme }\n  other\n}',
    'syntax.graphql': 'query {\n  product(',
    'fragment.graphql': 'fragment F on Product { id }',
    'type.graphql': '{ product(id: "x") { id } }',
  };
  expect(documentsProblems(schema, documents)).toEqual([
    {
      file: 'fields.graphql',
      line: 2,
      column: 20,
      message: 'Cannot query field "nme" on type "Product". Did you mean "name"?',
    },
    {
      file: 'fields.graphql',
      line: 3,
      column: 3,
      message: 'Cannot query field "other" on type "Query".',
    },
    {
      file: 'syntax.graphql',
      line: 2,
      column: 11,
      message: 'Syntax Error: Expected Name, found <EOF>.',
    },
    {
      file: 'fragment.graphql',
      line: 1,
      column: 1,
      message: 'A trusted document needs an operation.',
    },
    expect.objectContaining({ file: 'type.graphql', line: 1, column: 15 }),
  ]);
});

test('a document that overflows the stack is reported like any other', () => {
  const deep = `${'{a'.repeat(9_000)}${'}'.repeat(9_000)}`;
  expect(documentsProblems(schema, { 'deep.graphql': deep })).toMatchObject([
    { file: 'deep.graphql' },
  ]);
});

test('documents are bounded in number and in bytes', () => {
  const many = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_none, at) => [`${at}.graphql`, '{ a }']));
  expect(documentsExcess(many(DOCUMENTS_MAX))).toBeUndefined();
  expect(documentsExcess(many(DOCUMENTS_MAX + 1))).toBe(
    'There are 1001 trusted documents, but a gateway can have only 1000.',
  );
  const half = 'é'.repeat(DOCUMENTS_BYTES_MAX / 4);
  expect(documentsExcess({ a: half, b: half })).toBeUndefined();
  expect(documentsExcess({ a: half, b: `${half}x` })).toBe(
    'The trusted documents have 524289 bytes together, but a gateway can have only 524288.',
  );
});
