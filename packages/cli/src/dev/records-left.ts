import type { MirrorStatus } from '@quicksilver/common/mirror-api/contract';

export function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/**
 * Records below the wanted ends, by place, that a mirror does not serve yet. 0 only when every
 * wanted partition is named, has reached its end and serves.
 */
export function recordsLeft(status: MirrorStatus, wanted: ReadonlyMap<string, bigint>): bigint {
  const partitions = new Map(
    status.topics.flatMap(({ topic, partitions: each }) =>
      each.map((partition) => [placeOf(topic, partition.partition), partition] as const),
    ),
  );
  let left = 0n;
  for (const [place, end] of wanted) {
    const found = partitions.get(place);
    const missing = end - BigInt(found?.nextOffset ?? 0);
    left += missing > 0n ? missing : 0n;
    // At the end but not serving yet, or not there yet: one more, so that the wait goes on.
    left += found?.state === 'serving' ? 0n : 1n;
  }
  return left;
}
