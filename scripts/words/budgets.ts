import { type Counts, type Measure, MEASURES } from './measures.ts';

/** How many findings a text may have: a share that grows with it, and a minimum for short ones. */
export interface Limit {
  /** Of 10,000 words; for `where`, of 100 that are `where`, `if` or `when`. */
  readonly rate: number;
  readonly atLeast: number;
}

export interface Budgets {
  readonly limits: Readonly<Record<Measure, Limit>>;
  /** Commits from this time on are checked, in ISO 8601. */
  readonly commitsSince: string;
  /** Counts above the limits that an area may still have. They only go down. */
  readonly interim: Readonly<Record<string, Partial<Readonly<Record<Measure, number>>>>>;
}

export interface Overrun {
  readonly area: string;
  readonly measure: Measure;
  readonly count: number;
  readonly allowed: number;
}

type AreaCounts = ReadonlyMap<string, Counts>;

export function overruns(areas: AreaCounts, budgets: Budgets): readonly Overrun[] {
  return [...areas].flatMap(([area, counts]) =>
    MEASURES.flatMap((measure) => {
      const allowed = Math.max(
        allowedBy(budgets.limits[measure], measure, counts),
        budgets.interim[area]?.[measure] ?? 0,
      );
      const count = counts[measure];
      return count > allowed ? [{ area, measure, count, allowed }] : [];
    }),
  );
}

/**
 * The budgets with interim counts as low as the texts allow now. A count never rises and none is
 * added, except in budgets that have none at all.
 */
export function lowered(areas: AreaCounts, budgets: Budgets): Budgets {
  const isFirst = Object.keys(budgets.interim).length === 0;
  const interim = [...areas].flatMap(([area, counts]) => {
    const interimCounts = MEASURES.flatMap((measure): [Measure, number][] => {
      const before = budgets.interim[area]?.[measure] ?? (isFirst ? counts[measure] : 0);
      const now = Math.min(before, counts[measure]);
      return now > allowedBy(budgets.limits[measure], measure, counts) ? [[measure, now]] : [];
    });
    return interimCounts.length === 0 ? [] : [[area, Object.fromEntries(interimCounts)] as const];
  });
  return { ...budgets, interim: Object.fromEntries(interim) };
}

function allowedBy(limit: Limit, measure: Measure, counts: Counts): number {
  const share =
    measure === 'where'
      ? ((counts.where + counts.ifWhen) * limit.rate) / 100
      : (counts.words * limit.rate) / 10_000;
  return Math.max(Math.floor(share), limit.atLeast);
}
