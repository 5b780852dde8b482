/** The partitions that can have a key of a topic, as far as this replica knows. */
export interface KeyPlacement {
  /** Whether keys can be outside of their home partitions: `mixed` is not empty. */
  readonly isMixed: boolean;
  /** The partitions of all replicas that may have misplaced records. */
  readonly mixed: ReadonlySet<number>;
  /** Partitions of this replica whose misplaced keys are not in the index of the store. */
  readonly unindexed: ReadonlySet<number>;
  /**
   * A partition of this replica that was not read to its end since the process started, so it may
   * have any key. Undefined if there is none.
   */
  readonly unreadHere: number | undefined;
  /** A partition of another replica that has not reported whether it is mixed. */
  readonly unknownElsewhere: number | undefined;
  /** Whether a partition of another replica has no misplaced record up to the offset. */
  isUnmixedTo(partition: number, offset: bigint): boolean;
}

/** Every key is in its home partition. */
export const HOME_PLACEMENT: KeyPlacement = {
  isMixed: false,
  mixed: new Set(),
  unindexed: new Set(),
  unreadHere: undefined,
  unknownElsewhere: undefined,
  isUnmixedTo: () => true,
};
