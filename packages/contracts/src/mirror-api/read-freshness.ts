import { AGE_HEADER, LAG_HEADER, SKIPPED_HEADER } from './contract.ts';

/** How fresh the partitions of a response are, by its headers. */
export interface ReadFreshness {
  readonly lagRecords: bigint;
  /** Undefined if it is unknown. */
  readonly ageMs: number | undefined;
}

export function readFreshness(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): ReadFreshness {
  const age = numberOf(headers[AGE_HEADER]);
  return {
    lagRecords: numberOf(headers[LAG_HEADER]) ?? 0n,
    ageMs: age === undefined ? undefined : Number(age),
  };
}

/** `partition:offset` of the skipped records that the result lacks, a limited number of them. */
export function readSkipped(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): readonly string[] {
  const skipped = headers[SKIPPED_HEADER];
  return typeof skipped === 'string' ? (skipped.match(/\d{1,10}:\d{1,19}/g) ?? []) : [];
}

function numberOf(text: string | string[] | undefined): bigint | undefined {
  return typeof text === 'string' && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
