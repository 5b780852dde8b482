import { expect, test } from 'vitest';

import { parseDefinition } from '../parse/parse-definition.ts';

test('@field is an error on fields that are no members of records', () => {
  const sdl = `type Query {
a: [T] @topic(name: "t") @field(name: "b") }
interface I { a: Int @field(name: "b") }
type T implements I { a: Int
b: [T] @field(name: "c") @topic(name: "t") }`;
  const none = 'has no effect, because the field is no member of a record. Remove it.';
  expect(() => parseDefinition(sdl)).toThrow(
    [
      'The GraphQL schema is invalid:',
      `  2:26 @field on Query.a ${none}`,
      '  3:22 @field on I.a has no effect, because I is an interface. Put it on the field of each type that implements it.',
      `  5:8 @field on T.b ${none}`,
    ].join('\n'),
  );
});
