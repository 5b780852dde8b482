import { devOptions, loadOptions } from '@quicksilver/cli/dev/dev-options';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { createRegistry } from '@quicksilver/common/observe/metrics-registry';
import { gatewayOptions } from '@quicksilver/gateway/config';
import { createGatewayMetrics, registerGatewayGauges } from '@quicksilver/gateway/metrics';
import { ingestOptions } from '@quicksilver/ingest/config';
import { createIngestMetrics } from '@quicksilver/ingest/metrics';
import { mirrorOptions } from '@quicksilver/mirror/config';
import { createMirrorMetrics } from '@quicksilver/mirror/metrics';

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
      title: 'Mirror',
      intro: 'The service that keeps the latest value of every key (`services/mirror`).',
      table: mirrorOptions,
    },
    {
      title: 'Gateway',
      intro: 'The service that answers GraphQL (`services/gateway`).',
      table: gatewayOptions,
    },
    {
      title: 'The command that starts everything on one machine',
      intro:
        '`npm start` reads these. It passes every other `QUICK_…` variable on to the services that it starts.',
      table: devOptions,
    },
    {
      title: 'The command that loads a project',
      intro:
        '`quick load` creates the topics of a project in a Kafka that runs and writes its data through ingest.',
      table: loadOptions,
    },
  ]);
}

function metrics(): string {
  const ingest = createRegistry();
  createIngestMetrics(ingest, () => ({ records: 0, bytes: 0 }));
  const mirror = createRegistry();
  createMirrorMetrics(mirror, () => []);
  const gateway = createRegistry();
  createGatewayMetrics(gateway);
  registerGatewayGauges(gateway, {
    feedSizes: () => new Map(),
    sockets: () => 0,
    schemaVersion: () => undefined,
  });
  return metricsPage([
    { title: 'Ingest', prefix: 'ingest_', registry: ingest },
    { title: 'Mirror', prefix: 'mirror_', registry: mirror },
    { title: 'Gateway', prefix: 'gateway_', registry: gateway },
  ]);
}
