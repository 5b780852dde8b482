import type { Registry } from '@quicksilver/common/observe/metrics-registry';

export interface MetricsSection {
  readonly title: string;
  /** What the names of this service's own metrics begin with; the others are Node's. */
  readonly prefixes: readonly string[];
  readonly registry: Registry;
}

/** `docs/metrics.md`: every metric that a service exports, from its registry. */
export function metricsPage(sections: readonly MetricsSection[]): string {
  return [
    '# Metrics',
    '',
    'Each service answers `GET /metrics` on its operators’ port in the text format of Prometheus. Beside the metrics on this page there are those',
    'of the Node process (`process_*`, `nodejs_*`).',
    '',
    ...sections.flatMap(({ title, prefixes, registry }) => [
      `## ${title}`,
      '',
      '| Metric | Type | Labels | Meaning |',
      '| --- | --- | --- | --- |',
      ...registry
        .getMetricsAsArray()
        .filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)))
        .map(
          (metric) =>
            `| \`${metric.name}\` | ${typeOf(metric)} | ${labelsOf(metric)} | ${metric.help} |`,
        )
        .toSorted(),
      '',
    ]),
    'This page is made from `services/*/src/metrics.ts`, `packages/edge/src/metrics.ts` and `packages/common/src/observe/metrics-registry.ts`.',
    '',
  ].join('\n');
}

function typeOf(metric: object): string {
  return 'type' in metric ? String(metric.type) : metric.constructor.name.toLowerCase();
}

/** prom-client keeps them on the metric and does not say so in its types. */
function labelsOf(metric: object): string {
  const names: unknown = 'labelNames' in metric ? metric.labelNames : [];
  return Array.isArray(names) ? names.map((name) => `\`${String(name)}\``).join(', ') : '';
}
