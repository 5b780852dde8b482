import { keyCodecFor } from '@quicksilver/codec/key-codec';
import type { ValueWriter } from '@quicksilver/codec/registry/value-writers';
import { AppError } from '@quicksilver/common/errors/app-error';
import { partitionBy } from '@quicksilver/kafka/partitioner';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { PlacedRecord, WriteFailure } from '../produce/write.ts';

/**
 * Places a record in the partition that the other producers of the topic choose. `KeyPlacement`
 * handles other partitions. `keys` encodes keys that have a schema.
 */
export function placeRecord(
  key: Buffer,
  value: Buffer | null,
  topic: TopicEntry,
  keys?: ValueWriter,
): PlacedRecord {
  const { partitions, partitioner = 'murmur2' } = topic;
  if (keys === undefined) {
    return { partition: partitionBy(partitioner, key, partitions), key, value };
  }
  const keyJson = jsonOf(topic, key);
  const named = keys.fromJson(keyJson);
  return { partition: partitionBy(partitioner, named, partitions), key: named, keyJson, value };
}

/** The key of a record as JSON, as mirrors accept it. */
export function keyJsonOf(topic: TopicEntry, { key, keyJson }: PlacedRecord): string {
  return keyJson ?? jsonOf(topic, key);
}

function jsonOf({ keyType, keyFormat }: TopicEntry, key: Buffer): string {
  return keyCodecFor(keyType, keyFormat).toJson(key).toString('utf8');
}

/**
 * Returns the result of `decode`, or why it cannot be written. Rethrows errors other than
 * `AppError`.
 */
export function tryDecode(decode: () => PlacedRecord): PlacedRecord | WriteFailure {
  try {
    return decode();
  } catch (error) {
    return toFailure(error);
  }
}

export function toFailure(error: unknown): WriteFailure {
  if (!(error instanceof AppError)) {
    throw error;
  }
  return { ok: false, outcome: 'not_written', code: error.code, detail: error.message };
}

export function isFailure(result: PlacedRecord | WriteFailure): result is WriteFailure {
  return 'ok' in result;
}
