import type { TombstoneOutcome } from '../retention/retention-tombstones.ts';

/** What hosted topics report to the metrics. */
export interface TopicMetrics {
  readonly applied: (topic: string, records: number) => void;
  readonly poisoned: (topic: string, partition: number) => void;
  readonly reread: (topic: string, partition: number, records: number) => void;
  readonly unindexed: (topic: string, partition: number) => void;
  readonly nonconforming: (topic: string, partition: number) => void;
  readonly misplaced: (topic: string, partition: number) => void;
  readonly expired: (topic: string, keys: number) => void;
  readonly tombstoned: (topic: string, outcome: TombstoneOutcome, records: number) => void;
  readonly rebuilt: (topic: string, partition: number) => void;
  readonly storeReopened: (topic: string) => void;
  readonly schemaMissed: (topic: string) => void;
}

/** The age of a partition that was applied up to its end before. */
export interface PartitionAge {
  readonly topic: string;
  readonly partition: number;
  /** Since it was applied up to its end. */
  readonly seconds: number;
}
