import type { DataType, SchemaFormat } from '@quicksilver/codec/codec';
import { keyCodecFor } from '@quicksilver/codec/key-codec';
import { AppError } from '@quicksilver/common/errors/app-error';
import { partitionOf } from '@quicksilver/kafka/partitioner';

/** The properties of a topic that its readers need, a subset of its registry entry. */
export interface MirroredTopic {
  readonly name: string;
  readonly keyType: DataType;
  readonly keyFormat?: SchemaFormat | undefined;
  readonly partitions: number;
}

/** A key of a request to the replica that owns it. */
export interface KeySlot {
  /** Index of its result. */
  readonly index: number;
  /** The key as JSON. */
  readonly json: string;
  readonly partition: number;
}

export interface PartitionedKeys {
  readonly slots: readonly KeySlot[];
  /** Errors by index, of keys that do not have the topic's key type. */
  readonly refused: ReadonlyMap<number, AppError>;
}

/** Assigns each key to the partition that the producer chooses. */
export function partitionKeys(topic: MirroredTopic, keysJson: readonly string[]): PartitionedKeys {
  const slots: KeySlot[] = [];
  const refused = new Map<number, AppError>();
  keysJson.forEach((json, index) => {
    try {
      slots.push({ index, json, partition: partitionOfKey(topic, json) });
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      refused.set(index, error);
    }
  });
  return { slots, refused };
}

export function partitionOfKey(topic: MirroredTopic, keyJson: string): number {
  return partitionOf(
    keyCodecFor(topic.keyType, topic.keyFormat).fromJson(keyJson),
    topic.partitions,
  );
}

/** Groups in first-seen order. */
export function groupBy<T>(items: readonly T[], groupOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groupOf(item);
    const members = groups.get(group);
    if (members === undefined) {
      groups.set(group, [item]);
    } else {
      members.push(item);
    }
  }
  return groups;
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
