import { expect, test } from 'vitest';

import { gatewayWish, requireFit, wishedGateway } from './gateway-wish.ts';

const DOCUMENTS = { 'a.graphql': '{ a }' };

test('what is left out stays as it is, and what is given replaces it', () => {
  const current = { replicas: 2, schema: 'S', documents: DOCUMENTS, documentsOnly: true };
  expect(wishedGateway({}, current, 1)).toEqual(current);
  expect(wishedGateway({ documents: { 'b.graphql': '{ b }' } }, current, 1)).toEqual({
    ...current,
    documents: { 'b.graphql': '{ b }' },
  });
  expect(wishedGateway({ documents: {}, documentsOnly: false }, current, 1)).toEqual({
    replicas: 2,
    schema: 'S',
  });
  expect(wishedGateway({ schema: 'S' }, undefined, 1)).toEqual({ replicas: 1, schema: 'S' });
});

test('a gateway that could run nothing is refused', () => {
  expect(() => wishedGateway({ documentsOnly: true }, undefined, 1)).toThrow('nothing could run');
  const current = { replicas: 1, documents: DOCUMENTS, documentsOnly: true };
  expect(() => wishedGateway({ documents: {} }, current, 1)).toThrow('nothing could run');
});

test('a gateway that is more than one record holds is refused', () => {
  const documents = { 'a.graphql': `{ a } # ${'x'.repeat(500_000)}` };
  expect(wishedGateway({ documents }, undefined, 1).documents).toEqual(documents);
  expect(() =>
    requireFit(wishedGateway({ documents, schema: 'x'.repeat(450_000) }, undefined, 1)),
  ).toThrow('may have 900000 bytes together as JSON, found 950');
  const large = { 'a.graphql': 'x'.repeat(600_000) };
  expect(() => wishedGateway({ documents: large }, undefined, 1)).toThrow(
    'a gateway can have only 524288',
  );
});

test.each(['', '../a.graphql', 'a/b.graphql', '_a.graphql', 'a\n.graphql', 'é.graphql'])(
  'no file is called %j',
  (file) => {
    const documents = Object.fromEntries([[file, '{ a }']]);
    expect(gatewayWish.safeParse({ documents }).success).toBe(false);
  },
);
