/** Weeks, or days, hours, minutes and seconds. Months and years have no fixed length. */
const DURATION =
  /^P(?=[\dT])(?:(\d+)W|(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?)$/;
const UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** Milliseconds of an ISO 8601 duration. Undefined for other texts, and for months and years. */
export function durationMs(text: string): number | undefined {
  const parts = DURATION.exec(text)?.slice(1);
  const ms = parts?.reduce((sum, part, at) => sum + Number(part ?? 0) * (UNITS_MS[at] ?? 0), 0);
  return ms !== undefined && ms > 0 && Number.isSafeInteger(Math.round(ms))
    ? Math.round(ms)
    : undefined;
}

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
