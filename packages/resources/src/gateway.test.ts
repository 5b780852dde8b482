import { randomBytes } from 'node:crypto';

import { expect, test } from 'vitest';

import { gatewayManifest, requireFit, toGatewaySpec } from './gateway.ts';

const DOCUMENTS = { 'a.graphql': '{ a }' };

test('omitted fields stay unchanged, and other fields are replaced', () => {
  const current = { replicas: 2, schema: 'S', documents: DOCUMENTS, documentsOnly: true };
  expect(toGatewaySpec({}, current, 1)).toEqual(current);
  expect(toGatewaySpec({ documents: { 'b.graphql': '{ b }' } }, current, 1)).toEqual({
    ...current,
    documents: { 'b.graphql': '{ b }' },
  });
  expect(toGatewaySpec({ documents: {}, documentsOnly: false }, current, 1)).toEqual({
    replicas: 2,
    schema: 'S',
  });
  expect(toGatewaySpec({ schema: 'S' }, undefined, 1)).toEqual({ replicas: 1, schema: 'S' });
});

test('a gateway that could run nothing is refused', () => {
  expect(() => toGatewaySpec({ documentsOnly: true }, undefined, 1)).toThrow('no query could run');
  const current = { replicas: 1, documents: DOCUMENTS, documentsOnly: true };
  expect(() => toGatewaySpec({ documents: {} }, current, 1)).toThrow('no query could run');
});

test('a gateway that is more than one record holds is refused', () => {
  const documents = { 'a.graphql': `{ a } # ${'x'.repeat(500_000)}` };
  expect(toGatewaySpec({ documents }, undefined, 1).documents).toEqual(documents);
  const fit = (schema: string) => () =>
    requireFit(toGatewaySpec({ documents, schema }, undefined, 1));
  expect(fit('type T { field: String }\n'.repeat(100_000))).not.toThrow();
  expect(fit(randomBytes(1_000_000).toString('hex'))).toThrow(
    'bytes after compression, and the limit is 900000',
  );
  const large = { 'a.graphql': 'x'.repeat(600_000) };
  expect(() => toGatewaySpec({ documents: large }, undefined, 1)).toThrow(
    'a gateway can have only 524288',
  );
});

test.each(['', '../a.graphql', 'a/b.graphql', '_a.graphql', 'a\n.graphql', 'é.graphql'])(
  'no file is called %j',
  (file) => {
    const documents = Object.fromEntries([[file, '{ a }']]);
    expect(gatewayManifest.safeParse({ documents }).success).toBe(false);
  },
);
