import type { MirrorEntry } from '@quicksilver/common/control/service-entry';
import { expect, test } from 'vitest';

import { MirrorPlaces } from './mirror-places.ts';

const entries = new Map<string, MirrorEntry>();
const places = new MirrorPlaces({
  mirror: (name) => entries.get(name),
  mirrorOf: (topic) =>
    [...entries.values()].find((entry) => entry.topics.some((hosted) => hosted.topic === topic)),
});

function changed(addresses: readonly string[], ...topics: string[]): readonly string[] {
  const hosted = topics.map((topic) => ({ topic }));
  const rest = { kind: 'mirror', version: 1, copies: 1 } as const;
  entries.set('pool', { ...rest, name: 'pool', topics: hosted, addresses: [...addresses] });
  return places.changed('pool').toSorted();
}

test('a change of a mirror concerns the topics that came, left, or have other addresses', () => {
  expect(changed(['h:1'], 'a', 'b')).toEqual(['a', 'b']);
  expect(places.originsOf('b')).toEqual(['http://h:1']);
  expect(changed(['h:1'], 'b', 'c')).toEqual(['a', 'c']);
  expect(changed(['h:1'], 'b', 'c')).toEqual([]);
  expect(changed(['h:1', 'h:2'], 'b')).toEqual(['b', 'c']);
  expect(places.originsOf('c')).toEqual([]);
  entries.delete('pool');
  expect(places.changed('pool')).toEqual(['b']);
});
