export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint;
}

/** The last offset of each partition. A mirror that has applied it has applied all before it. */
export function lastOffsets(places: Iterable<RecordPlace>): Map<number, bigint> {
  const offsets = new Map<number, bigint>();
  for (const { partition, offset } of places) {
    includeOffset(offsets, partition, offset);
  }
  return offsets;
}

/** Offsets of a partition only grow. */
export function includeOffset(
  offsets: Map<number, bigint>,
  partition: number,
  offset: bigint,
): void {
  if (offset > (offsets.get(partition) ?? -1n)) {
    offsets.set(partition, offset);
  }
}
