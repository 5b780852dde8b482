export interface Retention {
  /** Whether a record of this time, in milliseconds since the epoch, has expired by now. */
  readonly isExpired: (timestamp: bigint) => boolean;
  readonly periodMs: number;
}

/**
 * Keys expire by the time of their newest record, so all replicas agree. A record without a time,
 * which is -1 in Kafka, never expires.
 */
export function retentionOf(periodMs: number, clock: () => number): Retention {
  return {
    periodMs,
    isExpired: (timestamp) => timestamp >= 0n && Number(timestamp) + periodMs <= clock(),
  };
}

const SWEEP_MIN_MS = 1_000;
const SWEEP_MAX_MS = 600_000;

/** Often enough to free space soon, and not so often that sweeps read the store all the time. */
export function sweepEveryMs({ periodMs }: Retention): number {
  return Math.min(SWEEP_MAX_MS, Math.max(SWEEP_MIN_MS, periodMs / 10));
}
