import type { Histogram, Registry } from 'prom-client';

import type { MetricOptions } from './metrics-registry.ts';

/** One combination of a histogram's labels. */
export interface HistogramSeries {
  observe(value: number): void;
}

export interface HotHistogram<Label extends string> {
  /** The series of these labels. Keep it: the lookup costs more than an observation. */
  series(labels: Readonly<Record<Label, string>>): HistogramSeries;
}

/**
 * A histogram for events at tens of thousands per second. A histogram of prom-client checks and
 * hashes its labels at every observation, which takes a tenth of the time of a small response. A
 * scrape shows no difference.
 */
export function hotHistogram<Label extends string>(
  registry: Registry,
  options: MetricOptions<Label> & { readonly buckets: readonly number[] },
): HotHistogram<Label> {
  const { name, help, buckets, labels: labelNames = [] } = options;
  const all = new Map<string, Series>();
  const metric = {
    name,
    help,
    type: 'histogram',
    labelNames,
    get: () =>
      Promise.resolve({
        ...{ name, help, type: 'histogram', aggregator: 'sum' },
        values: [...all.values()].flatMap((series) => series.samples(name)),
      }),
    reset: () => all.forEach((series) => series.reset()),
  };
  // The registry uses only `name` and `get()`, but its types require prom-client's own class.
  registry.registerMetric(metric as unknown as Histogram);
  return {
    series: (labels) => {
      const key = JSON.stringify(labels);
      const series = all.get(key) ?? new Series(labels, buckets);
      all.set(key, series);
      return series;
    },
  };
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName: string;
}

class Series implements HistogramSeries {
  readonly #labels: Readonly<Record<string, string>>;
  /** Upper bounds, ascending. Values above all of them are in the last count. */
  readonly #buckets: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: Readonly<Record<string, string>>, buckets: readonly number[]) {
    this.#labels = labels;
    this.#buckets = buckets;
    this.#counts = new Float64Array(buckets.length + 1);
  }

  observe(value: number): void {
    const buckets = this.#buckets;
    let at = 0;
    while (at < buckets.length && value > (buckets[at] ?? 0)) {
      at += 1;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }

  /** In the form of a scrape: each bucket includes the counts of the buckets below it. */
  samples(name: string): Sample[] {
    const labels = this.#labels;
    let count = 0;
    const samples: Sample[] = [...this.#buckets, '+Inf'].map((le, at) => {
      count += this.#counts[at] ?? 0;
      return { labels: { le, ...labels }, value: count, metricName: `${name}_bucket` };
    });
    samples.push({ labels, value: this.#sum, metricName: `${name}_sum` });
    samples.push({ labels, value: count, metricName: `${name}_count` });
    return samples;
  }
}
