import { median } from './statistics.ts';

/** A variant makes one fresh measurement: it starts its process, warms up, measures, stops. */
export type Variant = () => Promise<Readonly<Record<string, number>>>;

export interface InterleaveOptions {
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/**
 * Runs the variants in turn, round after round, so that a drift of the machine meets all of them,
 * and answers the median of every figure per variant.
 */
export async function interleave<Name extends string>(
  variants: Readonly<Record<Name, Variant>>,
  options: InterleaveOptions,
): Promise<Record<Name, Readonly<Record<string, number>>>> {
  const names = Object.keys(variants) as Name[];
  const samples = new Map<Name, Readonly<Record<string, number>>[]>(
    names.map((name) => [name, []]),
  );
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const name of names) {
      const sample = await variants[name]();
      samples.get(name)?.push(sample);
      const shown = Object.entries(sample).map(([key, value]) => `${key} ${value.toFixed(2)}`);
      options.say(`round ${round}/${options.rounds} ${name}: ${shown.join(', ')}`);
    }
  }
  const result: Partial<Record<Name, Readonly<Record<string, number>>>> = {};
  for (const name of names) {
    result[name] = mediansOf(samples.get(name) ?? []);
  }
  return result as Record<Name, Readonly<Record<string, number>>>;
}

function mediansOf(
  samples: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const keys = Object.keys(samples[0] ?? {});
  return Object.fromEntries(
    keys.map((key) => [key, median(samples.map((sample) => sample[key] ?? Number.NaN))]),
  );
}
