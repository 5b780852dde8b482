/** One measured figure. Ratios have a target if performance is promised. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** For a ratio: at least this (`min`) or at most this (`max`) is the target. */
  readonly target?: { readonly min: number } | { readonly max: number };
}

export interface BenchmarkResult {
  readonly figures: readonly Figure[];
  /** Versions and sizes that a reader needs to repeat the run. */
  readonly notes: readonly string[];
}

export interface BenchmarkOptions {
  readonly rounds: number;
  /** Shorter runs and smaller data, to see that a benchmark works; its figures mean nothing. */
  readonly smoke: boolean;
  /** One line of progress for a person. */
  readonly say: (line: string) => void;
}

export interface Benchmark {
  /** As on the command line, such as `p4`. */
  readonly name: string;
  readonly title: string;
  run(options: BenchmarkOptions): Promise<BenchmarkResult>;
}

export function meetsTarget(figure: Figure): boolean | undefined {
  if (figure.target === undefined) {
    return undefined;
  }
  return 'min' in figure.target
    ? figure.value >= figure.target.min
    : figure.value <= figure.target.max;
}
