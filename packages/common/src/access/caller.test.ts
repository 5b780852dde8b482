import { expect, test } from 'vitest';

import {
  ANONYMOUS,
  createCaller,
  entersGateway,
  matchesPattern,
  permits,
  type Grant,
  type Need,
} from './caller.ts';

test.each([
  ['orders', 'orders', true],
  ['orders', 'orders2', false],
  ['*', '', true],
  ['orders-*', 'orders-', true],
  ['orders-*', 'orders', false],
  ['*-eu', 'shop-eu', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['aa*aa', 'aaa', false],
  ['shop.*', 'shopX', false],
])('the pattern %s and the name %s match: %s', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

const READ: Need = { right: 'read' };
test.each<[string, Grant, Need, boolean]>([
  ['read covers read', { right: 'read' }, { right: 'read', topic: 'a' }, true],
  ['read does not cover write', { right: 'read' }, { right: 'write', topic: 'a' }, false],
  ['write does not cover read', { right: 'write' }, { right: 'read', topic: 'a' }, false],
  ['write does not cover admin', { right: 'write' }, { right: 'admin' }, false],
  ['admin covers all', { right: 'admin' }, { right: 'write', gateway: 'g', topic: 'a' }, true],
  [
    'a topic limit covers its topic',
    { right: 'read', topics: ['a*'] },
    { ...READ, topic: 'ab' },
    true,
  ],
  [
    'a topic limit covers no other',
    { right: 'read', topics: ['a*'] },
    { ...READ, topic: 'b' },
    false,
  ],
  ['a topic limit does not cover no topic', { right: 'read', topics: ['*'] }, READ, false],
  [
    'a gateway limit covers no direct read',
    { right: 'read', gateways: ['*'] },
    { ...READ, topic: 'a' },
    false,
  ],
  [
    'a gateway limit covers its gateway',
    { right: 'read', gateways: ['shop'] },
    { ...READ, gateway: 'shop', topic: 'a' },
    true,
  ],
  [
    'both limits must match',
    { right: 'read', gateways: ['shop'], topics: ['b'] },
    { ...READ, gateway: 'shop', topic: 'a' },
    false,
  ],
])('%s', (_what, grant, need, expected) => {
  expect(permits({ grants: [grant] }, need)).toBe(expected);
});

test('a caller enters a gateway if a grant is not limited to others', () => {
  expect(entersGateway({ grants: [{ right: 'read', topics: ['a'] }] }, 'shop')).toBe(true);
  expect(entersGateway({ grants: [{ right: 'read', gateways: ['shop'] }] }, 'bank')).toBe(false);
  expect(entersGateway({ grants: [] }, 'shop')).toBe(false);
});

test('a key counts as authenticated only if it is a full admin key', () => {
  const key = (grant: Grant) => createCaller({ kind: 'key', id: 'k', grants: [grant] });
  expect(key({ right: 'admin' }).isAuthenticated).toBe(true);
  expect(key({ right: 'admin', topics: ['a'] }).isAuthenticated).toBe(false);
  expect(key({ right: 'read' }).isAuthenticated).toBe(false);
  expect(ANONYMOUS.isAuthenticated).toBe(false);
});

test('callers with equal rights share a permissions key, whatever their name and claims', () => {
  const token = (id: string, scopes: readonly string[]) =>
    createCaller({ kind: 'token', id, grants: [{ right: 'read' }], scopes, claims: { sub: id } });
  expect(token('a', ['x', 'y']).permissionsKey).toBe(token('b', ['y', 'x']).permissionsKey);
  expect(token('a', ['x']).permissionsKey).not.toBe(token('a', []).permissionsKey);
});
