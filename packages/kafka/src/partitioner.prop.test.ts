import fc from 'fast-check';
import { expect, test } from 'vitest';

import { murmur2, partitionOf } from './partitioner.ts';

const MASK = 0xffffffffn;
const FACTOR = 0x5bd1e995n;

/** The definition of MurmurHash2, written down without any thought of speed. */
function naiveMurmur2(bytes: readonly number[]): bigint {
  const mix = (value: bigint): bigint => (value * FACTOR) & MASK;
  const rest = bytes.slice(bytes.length - (bytes.length % 4));
  let hash = 0x9747b28cn ^ BigInt(bytes.length);
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const word = mix(littleEndian(bytes.slice(at, at + 4)));
    hash = mix(hash) ^ mix(word ^ (word >> 24n));
  }
  if (rest.length > 0) {
    hash = mix(hash ^ littleEndian(rest));
  }
  hash = mix(hash ^ (hash >> 13n));
  return hash ^ (hash >> 15n);
}

function littleEndian(bytes: readonly number[]): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
}

test('murmur2 equals a naive implementation for any bytes, and the partition is in range', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 70 }),
      fc.integer({ min: 1, max: 5000 }),
      (key, count) => {
        const hash = naiveMurmur2([...key]);
        expect(BigInt(murmur2(key) >>> 0)).toBe(hash);
        expect(BigInt(partitionOf(key, count))).toBe((hash & 0x7fffffffn) % BigInt(count));
      },
    ),
    { numRuns: 2000 },
  );
});
