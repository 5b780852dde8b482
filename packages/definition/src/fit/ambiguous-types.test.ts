import { expect, test } from 'vitest';

import { parseDefinition } from '../parse/parse-definition.ts';
import { ambiguityWarning } from './ambiguous-types.ts';

const SDL = `
  type Query {
    event(id: ID!): Event @topic(name: "t", keyArgument: "id")
    box(id: ID!): Box @topic(name: "t", keyArgument: "id")
    kinded(id: ID!): Kinded @topic(name: "t", keyArgument: "id")
    order(id: ID!): Order @topic(name: "t", keyArgument: "id")
  }
  union Event = Order | Refund
  interface Kinded @discriminator(field: "kind") { kind: String! }
  type Order implements Kinded { kind: String! by: Box @topic(name: "boxes", keyField: "kind") }
  type Refund implements Kinded { kind: String! }
  type Box { inner: [Box!] last: Event }`;
const topic = { name: 't', keyType: 'STRING', valueType: 'AVRO' } as const;

function warnings(more: object = {}): readonly string[] {
  return parseDefinition(SDL)
    .bindings.filter((binding) => binding.topic === 't')
    .flatMap((binding) => ambiguityWarning(binding, { ...topic, ...more }) ?? []);
}

test('a union without a discriminator at any depth of Avro records causes a warning', () => {
  expect(warnings().map((text) => text.slice(0, 32))).toEqual([
    'Query.event returns records of E',
    'Query.box returns records of Eve',
  ]);
  expect(warnings()[0]).toMatch(
    /Register the topic with record names, or add a @discriminator to Event\./,
  );
});

test('there is no warning if records have names, or if values are not Avro', () => {
  expect(warnings({ recordNames: true })).toEqual([]);
  expect(warnings({ valueType: 'JSON' })).toEqual([]);
});
