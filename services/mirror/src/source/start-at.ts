import type { PartitionTarget, StoredPosition } from './partition-target.ts';

/** First and last offsets of a topic's partitions, as Kafka has them now. */
export interface Ends {
  readonly earliest: ReadonlyMap<number, bigint>;
  readonly latest: ReadonlyMap<number, bigint>;
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
 * Where a partition begins. The stored position counts only where it is one of this very topic and
 * lies within its log; in every other case what is stored may differ from the topic, and the
 * partition is built anew from the first record that there is.
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
    throw new Error(`Kafka named no offsets for partition ${target.partition}`);
  }
  const position = target.stored();
  const why = isForced
    ? 'its data proved broken'
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
    return `the stored data came from topic id ${position.topicId}, the topic now is ${topicId}`;
  }
  if (position.nextOffset < fromOffset) {
    return `the stored position ${position.nextOffset} is before the log start ${fromOffset}`;
  }
  return position.nextOffset > endOffset
    ? `the stored position ${position.nextOffset} is behind the log end ${endOffset}`
    : undefined;
}
