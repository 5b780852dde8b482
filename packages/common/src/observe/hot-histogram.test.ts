import { expect, test } from 'vitest';

import { hotHistogram } from './hot-histogram.ts';
import { createRegistry, histogram } from './metrics-registry.ts';

const OPTIONS = {
  name: 'a_seconds',
  help: 'How long it took.',
  labels: ['kind', 'outcome'] as const,
  buckets: [0.001, 0.01, 0.1],
};
const OBSERVED = [0, 0.001, 0.0011, 0.05, 0.1, 7, 0.0001];

test('a scrape shows what a histogram of prom-client would show', async () => {
  const [ours, theirs] = [createRegistry(), createRegistry()];
  const hot = hotHistogram(ours, OPTIONS);
  const plain = histogram(theirs, OPTIONS);
  for (const kind of ['key', 'batch']) {
    for (const value of OBSERVED) {
      hot.series({ kind, outcome: '2xx' }).observe(value);
      plain.labels({ kind, outcome: '2xx' }).observe(value);
    }
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
  ours.resetMetrics();
  expect(await ours.metrics()).toContain('a_seconds_count{kind="key",outcome="2xx"} 0');
});
