import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { murmur2, partitionOf } from './partitioner.ts';

const GOLDEN = new URL('../golden/partitioner.golden.txt', import.meta.url);
const PARTITIONS = [1, 2, 3, 5, 6, 7, 12, 50];
const TYPES = ['string', 'int32', 'int64', 'double', 'bytes'];

const lines = readFileSync(GOLDEN, 'ascii')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' '));

describe('the partitioner', () => {
  test.each(TYPES)(
    'chooses the partitions of the Java client for 2,000 keys of type %s',
    (type) => {
      const ofType = lines.filter(([name]) => name === type);
      expect(ofType).toHaveLength(2000);
      for (const [, hex = '', hash, partitions] of ofType) {
        const key = Buffer.from(hex === '-' ? '' : hex, 'hex');
        const actual = PARTITIONS.map((count) => partitionOf(key, count)).join('.');
        expect([hex, murmur2(key) >>> 0, actual]).toEqual([
          hex,
          Number.parseInt(hash ?? '', 16),
          partitions,
        ]);
      }
    },
  );

  test.each([0, -1, 1.5, Number.NaN])('rejects %s partitions', (partitions) => {
    expect(() => partitionOf(Buffer.from('key'), partitions)).toThrow(RangeError);
  });
});
