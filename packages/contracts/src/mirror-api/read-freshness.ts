import { AGE_HEADER, LAG_HEADER } from './contract.ts';

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

function numberOf(text: string | string[] | undefined): bigint | undefined {
  return typeof text === 'string' && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}
