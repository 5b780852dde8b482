import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions<Label extends string> {
  readonly name: string;
  /** Says what a sustained value means to an operator. */
  readonly help: string;
  /** Of few values each: topic, partition, outcome; never a key. */
  readonly labels?: readonly Label[];
}

/** One registry per service object, so that several run in one process in tests. */
export function createRegistry(labels: Readonly<Record<string, string>> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  return registry;
}

/** What every process counts. */
export interface ProcessMetrics {
  readonly rejectionUnhandled: () => void;
}

/**
 * Adds Node's own metrics (event loop, heap, handles), whose sampling ends with the process, and those
 * that every service has.
 */
export function addProcessMetrics(registry: Registry): ProcessMetrics {
  collectDefaultMetrics({ register: registry });
  const unhandled = counter(registry, {
    name: 'unhandled_rejections_total',
    help: 'Promises that were rejected and that no code handled. Anything but 0 is a bug: the log has the stack of each one at level error.',
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
  const made: Gauge<Label> = new Gauge({
    ...shared(options),
    registers: [registry],
    ...(collect === undefined ? {} : { collect: () => collect(made) }),
  });
  return made;
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
