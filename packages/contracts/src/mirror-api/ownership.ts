export interface ReplicaSet {
  /** Number of replicas, R. */
  readonly replicas: number;
  /** Number of copies of each partition, c; at most R. */
  readonly copies: number;
}

/**
 * The ordinals that own a partition, first owner first. Replica r owns partition p if `(p + k) mod
 * R = r` for some k in 0..c-1. The function is pure, so that mirror, gateway and manager agree
 * without communication.
 */
export function ownersOf(partition: number, set: ReplicaSet): number[] {
  const copies = Math.min(set.copies, set.replicas);
  return Array.from({ length: copies }, (_, k) => (partition + k) % set.replicas);
}

export function ownedPartitions(ordinal: number, partitions: number, set: ReplicaSet): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition).filter((partition) =>
    ownersOf(partition, set).includes(ordinal),
  );
}
