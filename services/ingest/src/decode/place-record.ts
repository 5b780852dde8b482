import { keyCodecFor } from '@quicksilver/codec/key-codec';
import { AppError } from '@quicksilver/common/errors/app-error';
import { partitionBy } from '@quicksilver/kafka/partitioner';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { PlacedRecord, WriteFailure } from '../produce/write.ts';

/**
 * Places a record in the partition that the other producers of the topic choose. `KeyPlacement`
 * handles other partitions.
 */
export function placeRecord(key: Buffer, value: Buffer | null, topic: TopicEntry): PlacedRecord {
  const { partitions, partitioner = 'murmur2' } = topic;
  return { partition: partitionBy(partitioner, key, partitions), key, value };
}

/** The key of a record as JSON, as mirrors accept it. */
export function keyJsonOf({ keyType }: TopicEntry, key: Buffer): string {
  return keyCodecFor(keyType).toJson(key).toString('utf8');
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
