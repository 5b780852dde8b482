import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions<Label extends string> {
  readonly name: string;
  /** States what a sustained value means to an operator. */
  readonly help: string;
  /** Labels with few values, such as topic, partition or outcome. Never a key. */
  readonly labels?: readonly Label[];
}

/** One registry per service, so that several services can run in one test process. */
export function createRegistry(labels: Readonly<Record<string, string>> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  return registry;
}

export interface ProcessMetrics {
  readonly rejectionUnhandled: () => void;
}

/** Adds Node's own metrics (event loop, heap, handles) and the metrics of every service. */
export function addProcessMetrics(registry: Registry): ProcessMetrics {
  collectDefaultMetrics({ register: registry });
  const unhandled = counter(registry, {
    name: 'unhandled_rejections_total',
    help: 'Unhandled promise rejections. Any value above 0 is a bug. The log has each stack at level error.',
  });
  return { rejectionUnhandled: () => unhandled.inc() };
}

export function counter<Label extends string>(
  registry: Registry,
  options: MetricOptions<Label>,
): Counter<Label> {
  return new Counter({ ...shared(options), registers: [registry] });
}

export function gauge<Label extends string>(
  registry: Registry,
  options: MetricOptions<Label> & { readonly collect?: (gauge: Gauge<Label>) => void },
): Gauge<Label> {
  const { collect } = options;
  const metric: Gauge<Label> = new Gauge({
    ...shared(options),
    registers: [registry],
    ...(collect === undefined ? {} : { collect: () => collect(metric) }),
  });
  return metric;
}

export function histogram<Label extends string>(
  registry: Registry,
  options: MetricOptions<Label> & { readonly buckets: readonly number[] },
): Histogram<Label> {
  return new Histogram({
    ...shared(options),
    buckets: [...options.buckets],
    registers: [registry],
  });
}

function shared<Label extends string>(
  options: MetricOptions<Label>,
): { name: string; help: string; labelNames: Label[] } {
  return { name: options.name, help: options.help, labelNames: [...(options.labels ?? [])] };
}
