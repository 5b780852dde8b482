import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { Secret } from './secret.ts';

test('a secret is shown by nothing that prints values', () => {
  const secret = new Secret('canary');
  const printed = [String(secret), JSON.stringify({ secret }), inspect({ secret })];
  expect(printed.filter((text) => text.includes('canary'))).toEqual([]);
  expect(Object.values(secret)).toEqual([]);
  expect(secret.reveal()).toBe('canary');
});
