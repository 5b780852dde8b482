import { expect, test } from 'vitest';

import { ofRegistry } from './topic.ts';

test('schema means avro if a topic is registered without a type of a gateway', () => {
  expect(ofRegistry({ value: 'SCHEMA', register: true }).value).toBe('AVRO');
  expect(ofRegistry({ value: 'SCHEMA' }).value).toBe('SCHEMA');
  const schema = 'shop.Product';
  expect(ofRegistry({ value: 'SCHEMA', register: true, schema }).value).toBe('SCHEMA');
});
