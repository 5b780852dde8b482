import { expect, test } from 'vitest';

import { breakingChanges } from './breaking-changes.ts';

const schema = (product: string, argument = 'id: Int!'): string => `type Query {
  product(${argument}): Product @topic(name: "products", keyArgument: "id")
}
type Product { ${product} }`;
const CURRENT = schema('name: String!, price: Float');

test.each([
  ['a removed field', schema('name: String!'), 'Product.price was removed.'],
  [
    'a field that may become null',
    schema('name: String, price: Float'),
    'Product.name changed type from String! to String.',
  ],
  [
    'a field of another type',
    schema('name: String!, price: Int'),
    'Product.price changed type from Float to Int.',
  ],
  [
    'an argument of another type',
    schema('name: String!, price: Float', 'id: Long!'),
    'Query.product arg id has changed type from Int! to Long!.',
  ],
])('%s breaks clients', (_name, next, text) => {
  expect(breakingChanges(CURRENT, next)).toEqual([text]);
});

test.each([
  ['an equal schema', CURRENT],
  ['a new field', schema('name: String!, price: Float, maker: String')],
  ['a field that is never null any more', schema('name: String!, price: Float!')],
  ['a new optional argument', schema('name: String!, price: Float', 'id: Int!, key: String')],
  ['an invalid schema', 'type Query { product: Unknown }'],
  ['text that is no schema', '{'],
])('%s breaks none', (_name, next) => {
  expect(breakingChanges(CURRENT, next)).toEqual([]);
});

test('the first schema of a gateway breaks none', () => {
  expect(breakingChanges('', CURRENT)).toEqual([]);
});
