import { usageError } from '../../output/cli-error.ts';

/** Where `quick tail` starts. */
export type TailStart =
  | { readonly kind: 'beginning' | 'latest' }
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** Milliseconds since the epoch. */
  | { readonly kind: 'time'; readonly timestamp: bigint };

/** Parses `--from`: a word, an offset, or a time. Throws `CliError`. */
export function parseTailStart(text = 'latest'): TailStart {
  if (text === 'beginning' || text === 'latest') {
    return { kind: text };
  }
  if (/^\d{1,18}$/.test(text)) {
    return { kind: 'offset', offset: BigInt(text) };
  }
  const milliseconds = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(milliseconds)) {
    throw usageError(
      `Expected --from as beginning, latest, an offset or a time, found "${text}".`,
      'A time is written as 2026-01-31T09:00:00Z.',
    );
  }
  return { kind: 'time', timestamp: BigInt(milliseconds) };
}

/** The first offset to read of each partition. A time is looked for from the beginning. */
export function startOffsets(
  start: TailStart,
  earliest: ReadonlyMap<number, bigint>,
  latest: ReadonlyMap<number, bigint>,
): ReadonlyMap<number, bigint> {
  if (start.kind === 'latest') {
    return latest;
  }
  if (start.kind !== 'offset') {
    return earliest;
  }
  // An offset outside of the log would fail.
  return new Map(
    [...earliest].map(([partition, first]) => {
      const end = latest.get(partition) ?? first;
      const { offset } = start;
      return [partition, offset < first ? first : offset > end ? end : offset];
    }),
  );
}
