import { devOptions } from '@quicksilver/cli/dev/dev-options';
import { loadOptions } from '@quicksilver/cli/load/load-options';
import { projectJsonSchema } from '@quicksilver/cli/project/project-schema';
import { COMMANDS } from '@quicksilver/cli/table/all-rows';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { REMEDIES } from '@quicksilver/common/errors/remedies';
import { createRegistry } from '@quicksilver/common/observe/metrics-registry';
import { addServerMetrics } from '@quicksilver/common/observe/server-metrics';
import { edgeOptions } from '@quicksilver/edge/config';
import { createEdgeMetrics, registerEdgeGauges } from '@quicksilver/edge/metrics';
import { gatewayOptions } from '@quicksilver/gateway/config';
import { createGatewayMetrics, registerGatewayGauges } from '@quicksilver/gateway/metrics';
import { ingestOptions } from '@quicksilver/ingest/config';
import { createIngestMetrics } from '@quicksilver/ingest/metrics';
import { managerOptions } from '@quicksilver/manager/config';
import { createManagerMetrics } from '@quicksilver/manager/metrics';
import { mirrorOptions } from '@quicksilver/mirror/config';
import { createMirrorMetrics } from '@quicksilver/mirror/metrics';

import { cliPage } from './cli-page.ts';
import { configPage } from './config-page.ts';
import { errorsPage } from './errors-page.ts';
import { httpApis } from './http-documents.ts';
import { httpPage } from './http-page.ts';
import { metricsPage } from './metrics-page.ts';
import { projectPage } from './project-page.ts';

/** Path of each generated file, from the root, to its text. */
export async function generatedPages(): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/cli.md': cliPage(COMMANDS),
    'docs/config.md': config(),
    'docs/errors.md': errorsPage(CATALOG, REMEDIES),
    'docs/http-api.md': httpPage(await httpApis()),
    'docs/metrics.md': metrics(),
    'docs/project-file.md': projectPage(projectJsonSchema()),
    'packages/cli/quick.schema.json': `${JSON.stringify(projectJsonSchema(), undefined, 2)}\n`,
  };
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
      title: 'Edge',
      intro:
        'The one port in front of the others (`packages/edge`). It has the options of all services but `QUICK_TOPIC_REGISTRY_TOPIC_NAME`.',
      table: edgeOptions,
    },
    {
      title: 'Manager',
      intro:
        'The service that makes what runs be what was asked for (`services/manager`). It passes every other `QUICK_…` variable on to the services that it starts.',
      table: managerOptions,
    },
    {
      title: 'The command that starts everything on one machine',
      intro:
        '`quick dev` and `npm start` read these. Every other `QUICK_…` variable is passed on to the services that they start, which have free ports on loopback.',
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
  createIngestMetrics(ingest, {
    queueSize: () => ({ records: 0, bytes: 0 }),
    answers: () => ({ entries: 0, bytes: 0 }),
    isSharedCacheAway: () => false,
  });
  const mirror = createRegistry();
  createMirrorMetrics(mirror, () => ({ status: () => [], ages: () => [] }));
  const gateway = createRegistry();
  createGatewayMetrics(gateway);
  registerGatewayGauges(gateway, {
    feeds: { sizes: () => new Map() },
    sockets: { size: 0 },
    schema: { version: undefined },
    sizes: { sizes: () => new Map() },
    shared: undefined,
  });
  const edge = createRegistry();
  createEdgeMetrics(edge);
  registerEdgeGauges(edge, { requests: () => 0, sockets: () => 0 });
  addServerMetrics(edge, () => ({ connections: 0, unreadBytes: 0 }));
  const manager = createRegistry();
  createManagerMetrics(manager, { isLeader: () => false, states: () => [] });
  return metricsPage([
    { title: 'Every service', prefixes: ['unhandled_', 'http_'], registry: edge },
    { title: 'Ingest', prefixes: ['ingest_'], registry: ingest },
    { title: 'Mirror', prefixes: ['mirror_'], registry: mirror },
    { title: 'Gateway', prefixes: ['gateway_'], registry: gateway },
    { title: 'Edge', prefixes: ['edge_'], registry: edge },
    { title: 'Manager', prefixes: ['manager_'], registry: manager },
  ]);
}
