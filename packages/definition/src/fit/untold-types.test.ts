import { expect, test } from 'vitest';

import { parseDefinition } from '../parse/parse-definition.ts';
import { untoldWarning } from './untold-types.ts';

const SDL = `
  type Query {
    event(id: ID!): Event @topic(name: "t", keyArgument: "id")
    box(id: ID!): Box @topic(name: "t", keyArgument: "id")
    told(id: ID!): Told @topic(name: "t", keyArgument: "id")
    order(id: ID!): Order @topic(name: "t", keyArgument: "id")
  }
  union Event = Order | Refund
  interface Told @discriminator(field: "kind") { kind: String! }
  type Order implements Told { kind: String! by: Box @topic(name: "boxes", keyField: "kind") }
  type Refund implements Told { kind: String! }
  type Box { inner: [Box!] last: Event }`;
const topic = { name: 't', keyType: 'STRING', valueType: 'AVRO' } as const;

function warnings(more: object = {}): readonly string[] {
  return parseDefinition(SDL)
    .bindings.filter((binding) => binding.topic === 't')
    .flatMap((binding) => untoldWarning(binding, { ...topic, ...more }) ?? []);
}

test('a union at any depth of the records of Avro is warned of where nothing tells its types', () => {
  expect(warnings().map((text) => text.slice(0, 32))).toEqual([
    'Query.event answers records of E',
    'Query.box answers records of Eve',
  ]);
  expect(warnings()[0]).toMatch(/Register the topic with record names, or give Event a @disc/);
});

test('nothing is warned of where records say their names, or where values are not of Avro', () => {
  expect(warnings({ recordNames: true })).toEqual([]);
  expect(warnings({ valueType: 'JSON' })).toEqual([]);
});
