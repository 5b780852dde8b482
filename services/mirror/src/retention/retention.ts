export interface Retention {
  /** Whether a record of this time, in milliseconds since the epoch, has expired by now. */
  readonly isExpired: (timestamp: bigint) => boolean;
  readonly periodMs: number;
}

/**
 * Keys expire by the time of their newest record, so every replica comes to the same whenever it read
 * it. A record without a time (-1, as Kafka has it) never expires.
 */
export function retentionOf(periodMs: number, clock: () => number): Retention {
  return {
    periodMs,
    isExpired: (timestamp) => timestamp >= 0n && Number(timestamp) + periodMs <= clock(),
  };
}

const SWEEP_MIN_MS = 1_000;
const SWEEP_MAX_MS = 600_000;

/** Room is freed soon after it could be, and never by looking at everything all the time. */
export function sweepEveryMs({ periodMs }: Retention): number {
  return Math.min(SWEEP_MAX_MS, Math.max(SWEEP_MIN_MS, periodMs / 10));
}
