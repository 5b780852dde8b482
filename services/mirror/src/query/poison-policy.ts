import type { PartitionView } from '../apply/partition-state.ts';
import { refusal, type Refusal } from './query-result.ts';
import type { TopicView } from './topic-view.ts';

/**
 * Why reads halt because of skipped records, with the poison policy `halt`. `skipped` are offsets
 * of records that the result lacks. Undefined if the read may go on.
 */
export function haltOf(
  { topic, haltsOnPoison }: Pick<TopicView, 'topic' | 'haltsOnPoison'>,
  { partition, poison }: Pick<PartitionView, 'partition' | 'poison'>,
  skipped: readonly bigint[],
): Refusal | undefined {
  if (haltsOnPoison !== true) {
    return undefined;
  }
  const [offset] = skipped;
  if (offset !== undefined) {
    return { ...unreadable(topic, partition, offset), skipped: offset };
  }
  return poison.hasUnknownKeys
    ? refusal(
        'unreadable',
        `Partition ${partition} of topic ${topic} has records that cannot be read and whose keys are unknown, and the poison policy of its mirror is halt.`,
      )
    : undefined;
}

export function unreadable(topic: string, partition: number, offset: bigint): Refusal {
  return refusal(
    'unreadable',
    `The record at offset ${offset} of partition ${partition} of topic ${topic} cannot be read, and the poison policy of its mirror is halt.`,
  );
}
