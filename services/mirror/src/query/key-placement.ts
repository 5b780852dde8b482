/** In which partitions the keys of a topic can be, as far as this replica knows. */
export interface KeyPlacement {
  /** Whether keys can be in other partitions than their own: some partition is in `mixed`. */
  readonly isMixed: boolean;
  /** The partitions that may have keys of others, of all replicas. */
  readonly mixed: ReadonlySet<number>;
  /** Those of this replica of which the index of the store does not know which keys they have. */
  readonly unindexed: ReadonlySet<number>;
  /**
   * A partition of this replica that was not read to its end yet since the process started: it may have any key.
   * Undefined if there is none.
   */
  readonly unreadHere: number | undefined;
  /** A partition of another replica of which this one does not know yet whether it is mixed. */
  readonly unknownElsewhere: number | undefined;
  /** Whether a partition of another replica is known to have no key of others up to the offset. */
  isUnmixedTo(partition: number, offset: bigint): boolean;
}

/** Every key is in the partition that Java's default partitioner chooses. */
export const HOME_PLACEMENT: KeyPlacement = {
  isMixed: false,
  mixed: new Set(),
  unindexed: new Set(),
  unreadHere: undefined,
  unknownElsewhere: undefined,
  isUnmixedTo: () => true,
};
