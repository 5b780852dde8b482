import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Surroundings } from '../output/surroundings.ts';
import { readProject } from './read-project.ts';
import { checkSchemas } from './schema-topics.ts';

test('a key of another type and an unknown type are reported with file, line and caret', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-project-'));
  const project = `version: 1
name: shop
topics:
  products: {key: long, value: json}
  orders:
    key: string
    value: schema
    schema: shop.Ordr
gateways: {shop: {schema: shop.graphql}}
`;
  const schema = `type Query {
  product(id: String!): Product @topic(name: "products", keyArgument: "id")
  order(id: ID!): Order @topic(name: "orders", keyArgument: "id")
}
type Product { id: Long }
type Order { id: ID }
`;
  await writeFile(join(dir.path, 'quick.yaml'), project);
  await writeFile(join(dir.path, 'shop.graphql'), schema);
  const around = { env: {}, cwd: dir.path } as Surroundings;
  const loaded = await readProject('.', undefined, around);
  const text = (() => {
    try {
      checkSchemas(loaded, []);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return '';
  })();
  const lines = text.split('\n');
  expect(lines[1]).toMatch(/^shop\.graphql:2:33: .*products/);
  expect(lines[3]).toMatch(/^ +\| +\^$/);
  expect(lines[4]).toBe(
    'quick.yaml:8:13: topics.orders.schema: found "shop.Ordr": expected a type of the schema of gateway shop. Did you mean "Order"?',
  );
  expect(lines.slice(5)).toEqual(['  8 |     schema: shop.Ordr', '    |             ^^^^^^^^^']);
});
