import { expect, test } from 'vitest';

import { isReservedName, isResourceName, mirrorNameOf } from './resource-name.ts';

test.each(['kube-system', 'kube-public', 'quick-metadata', 'quick-manager'])(
  'row 141: %s is reserved, and the mirror of a topic of this name has another one',
  (name) => {
    expect(isReservedName(name)).toBe(true);
    const mirror = mirrorNameOf(name);
    expect(mirror).toMatch(new RegExp(`^${name}-[0-9a-f]{8}$`));
    expect([isResourceName(mirror), isReservedName(mirror)]).toEqual([true, false]);
  },
);

test('a name that only looks like a reserved one is like any other', () => {
  for (const name of ['kube', 'kube-systems', 'quick-start', 'metadata']) {
    expect(isReservedName(name)).toBe(false);
    expect(mirrorNameOf(name)).toBe(name);
  }
});
