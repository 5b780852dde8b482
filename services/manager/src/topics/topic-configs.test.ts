import { expect, test } from 'vitest';

import { retentionWarnings } from './topic-configs.ts';

const FOREVER = { retentionMs: '-1', retentionBytes: '-1' };
const TABLE = { writeType: 'MUTABLE', hasRange: false } as const;

test.each([
  ['a compacted table', { policy: 'compact', ...FOREVER }, TABLE, []],
  ['a table that is kept forever', { policy: 'delete', ...FOREVER }, TABLE, []],
  [
    'compaction whose retention does not count',
    { policy: 'compact', retentionMs: '604800000', retentionBytes: '-1' },
    TABLE,
    [],
  ],
  [
    'a table that forgets by age and size',
    { policy: 'delete', retentionMs: '604800000', retentionBytes: '1000' },
    TABLE,
    ['older than 7 days or beyond 1000 bytes of a partition'],
  ],
  [
    'an immutable topic that is compacted',
    { policy: 'compact', ...FOREVER },
    { writeType: 'IMMUTABLE', hasRange: false } as const,
    ['is immutable, but Kafka compacts it'],
  ],
  [
    'a range whose versions are compacted and deleted',
    { policy: 'compact,delete', retentionMs: '1000', retentionBytes: '-1' },
    { writeType: 'MUTABLE', hasRange: true } as const,
    ['has a range, but Kafka compacts it', 'Set retention.ms=-1 and retention.bytes=-1'],
  ],
])('%s', (_title, configs, use, expected) => {
  expect(retentionWarnings('t', configs, use)).toEqual(
    expected.map((part) => expect.stringContaining(part)),
  );
});
