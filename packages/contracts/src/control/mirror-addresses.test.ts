import { expect, test } from 'vitest';

import { MirrorAddresses } from './mirror-addresses.ts';
import type { MirrorEntry } from './service-entry.ts';

const entries = new Map<string, MirrorEntry>();
const mirrors = new MirrorAddresses({
  mirror: (name) => entries.get(name),
  mirrorOf: (topic) =>
    [...entries.values()].find((entry) => entry.topics.some((hosted) => hosted.topic === topic)),
});

function changed(addresses: readonly string[], ...topics: string[]): readonly string[] {
  const hosted = topics.map((topic) => ({ topic }));
  const rest = { kind: 'mirror', version: 1, copies: 1 } as const;
  entries.set('pool', { ...rest, name: 'pool', topics: hosted, addresses: [...addresses] });
  return mirrors.changed('pool').toSorted();
}

test('a change of a mirror affects topics that were added, removed, or have new addresses', () => {
  expect(changed(['h:1'], 'a', 'b')).toEqual(['a', 'b']);
  expect(mirrors.originsOf('b')).toEqual(['http://h:1']);
  expect(changed(['h:1'], 'b', 'c')).toEqual(['a', 'c']);
  expect(changed(['h:1'], 'b', 'c')).toEqual([]);
  expect(changed(['h:1', 'h:2'], 'b')).toEqual(['b', 'c']);
  expect(mirrors.originsOf('c')).toEqual([]);
  entries.delete('pool');
  expect(mirrors.changed('pool')).toEqual(['b']);
});

test('a follower of the directory forgets only the topics of a changed mirror', () => {
  const forgotten: string[] = [];
  let tell = (_key: string): void => {};
  mirrors.follow(
    (listener) => {
      tell = listener;
    },
    (topic) => forgotten.push(topic),
  );
  entries.set('one', {
    ...{ kind: 'mirror', version: 1, copies: 1, name: 'one' },
    topics: [{ topic: 'x' }],
    addresses: ['h:1'],
  });
  tell('gateway/one');
  expect(forgotten).toEqual([]);
  tell('mirror/one');
  expect(forgotten).toEqual(['x']);
});
