import type { PartitionTarget, StoredPosition } from './partition-target.ts';

/** Current first and last offsets of a topic's partitions in Kafka. */
export interface Ends {
  readonly earliest: ReadonlyMap<number, bigint>;
  readonly latest: ReadonlyMap<number, bigint>;
  readonly highWatermarks: ReadonlyMap<number, bigint>;
}

export type Start =
  | { readonly how: 'resume'; readonly position: StoredPosition; readonly endOffset: bigint }
  | {
      readonly how: 'rebuild';
      readonly why: string;
      readonly fromOffset: bigint;
      readonly endOffset: bigint;
    };

/**
 * Decides whether a partition resumes or is rebuilt. It resumes only if the stored position belongs
 * to this topic id and lies within the log. Otherwise the stored data may differ from the topic,
 * and the mirror rebuilds the partition from the first record.
 */
export function startAt(
  target: Pick<PartitionTarget, 'partition' | 'stored' | 'problem'>,
  topicId: string,
  ends: Ends,
  isForced: boolean,
): Start {
  const fromOffset = ends.earliest.get(target.partition);
  const endOffset = ends.latest.get(target.partition);
  if (fromOffset === undefined || endOffset === undefined) {
    throw new Error(`Kafka returned no offsets for partition ${target.partition}`);
  }
  const position = target.stored();
  const why = isForced
    ? 'its data is broken'
    : (problemOf(position, topicId, fromOffset, endOffset) ?? target.problem());
  return position !== undefined && why === undefined
    ? { how: 'resume', position, endOffset }
    : { how: 'rebuild', why: why ?? 'nothing is stored', fromOffset, endOffset };
}

function problemOf(
  position: StoredPosition | undefined,
  topicId: string,
  fromOffset: bigint,
  endOffset: bigint,
): string | undefined {
  if (position === undefined) {
    return 'nothing is stored';
  }
  if (position.topicId !== topicId) {
    return `the stored data is from topic id ${position.topicId}, but the topic id is now ${topicId}`;
  }
  if (position.nextOffset < fromOffset) {
    return `the stored position ${position.nextOffset} is before the log start ${fromOffset}`;
  }
  return position.nextOffset > endOffset
    ? `the stored position ${position.nextOffset} is after the log end ${endOffset}`
    : undefined;
}
