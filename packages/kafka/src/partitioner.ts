import { crc32 } from 'node:zlib';

const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

/**
 * How the producers of a topic choose the partition of a key, by the names of librdkafka's setting
 * `partitioner`. `murmur2` is the default of Java, `consistent_random` that of librdkafka (kcat,
 * Python, Go, C#), and `fnv1a` that of Sarama.
 */
export const PARTITIONERS = ['murmur2', 'consistent_random', 'fnv1a'] as const;
export type Partitioner = (typeof PARTITIONERS)[number];

/**
 * The partition that Kafka's Java client chooses for a key. All readers use this function. Readers
 * and writers always send the partition explicitly.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return partitionBy('murmur2', key, partitions);
}

/** The partition that a producer with this partitioner chooses for a key. */
export function partitionBy(partitioner: Partitioner, key: Uint8Array, partitions: number): number {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new RangeError(`a topic has at least one partition, not ${partitions}`);
  }
  return HASHES[partitioner](key) % partitions;
}

/** Each returns a number from 0 to 2^32 - 1. */
const HASHES: Readonly<Record<Partitioner, (key: Uint8Array) => number>> = {
  murmur2: (key) => murmur2(key) & 0x7fffffff,
  consistent_random: (key) => crc32(key),
  fnv1a: (key) => Math.abs(fnv1a(key)),
};

/** FNV-1a as a signed 32-bit integer. Sarama and librdkafka use its absolute value. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 | 0;
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash;
}

/** MurmurHash2 with Kafka's seed, as a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
    word |= (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, FACTOR);
    word ^= word >>> 24;
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word, FACTOR);
  }
  if (length > whole) {
    // Bytes beyond the end read as zero and change nothing.
    hash ^= (byteAt(bytes, whole + 2) << 16) | (byteAt(bytes, whole + 1) << 8);
    hash = Math.imul(hash ^ byteAt(bytes, whole), FACTOR);
  }
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
