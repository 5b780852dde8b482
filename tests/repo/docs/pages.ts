import { devOptions } from '@quicksilver/cli/dev/dev-options';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { createRegistry } from '@quicksilver/common/observe/metrics-registry';
import { ingestOptions } from '@quicksilver/ingest/config';
import { createIngestMetrics } from '@quicksilver/ingest/metrics';

import { configPage } from './config-page.ts';
import { errorsPage } from './errors-page.ts';
import { metricsPage } from './metrics-page.ts';

/** File name below `docs/` to its text. */
export function generatedPages(): Readonly<Record<string, string>> {
  return { 'config.md': config(), 'errors.md': errorsPage(CATALOG), 'metrics.md': metrics() };
}

function config(): string {
  return configPage([
    {
      title: 'Ingest',
      intro: 'The service that takes records over HTTP (`services/ingest`).',
      table: ingestOptions,
    },
    {
      title: 'The command that starts everything on one machine',
      intro:
        '`npm start` reads these. It passes every other `QUICK_…` variable on to the services that it starts.',
      table: devOptions,
    },
  ]);
}

function metrics(): string {
  const ingest = createRegistry();
  createIngestMetrics(ingest, () => ({ records: 0, bytes: 0 }));
  return metricsPage([{ title: 'Ingest', prefix: 'ingest_', registry: ingest }]);
}
