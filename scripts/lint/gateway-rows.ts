import { folderRowsOf } from './folder-row.ts';
import type { DirectionRow } from './import-row.ts';

/** The lowest folders come first. */
const gatewayRow = folderRowsOf('services/gateway/src');

export const GATEWAY_ROWS: readonly DirectionRow[] = [
  gatewayRow(
    'loaders',
    {},
    'loaders batch the reads and writes of one operation; they import no other folder and define the ports that rest and write implement',
  ),
  gatewayRow(
    'rest',
    { only: ['loaders'] },
    'rest calls REST services through the port of the loaders; it knows no schema',
  ),
  gatewayRow(
    'write',
    { only: ['loaders'] },
    'write sends records to ingest through the port of the loaders; it knows no schema',
  ),
  gatewayRow(
    'resolve',
    { typesOnly: ['loaders'], never: ['packages/kafka/src', 'packages/common/src/http'] },
    'a resolver calls the operation in its context; it imports types of the loaders, and neither Kafka nor HTTP',
  ),
  gatewayRow(
    'compile',
    { only: ['resolve'] },
    'compile puts a resolver on every field of a schema; it knows no transport and no feed',
  ),
  gatewayRow(
    'subscribe',
    { only: ['resolve'], typesOnly: ['compile', 'loaders'] },
    'subscribe follows topics for the resolvers of subscriptions; it knows no transport',
  ),
  gatewayRow(
    'plan',
    { only: ['compile', 'resolve'], never: ['packages/kafka/src', 'packages/common/src/http'] },
    'plan runs queries without resolvers; it uses the keys and arguments of resolve, and knows no transport',
  ),
  gatewayRow(
    'execute',
    { only: ['loaders'], typesOnly: ['plan', 'resolve'] },
    'execute parses, checks and runs an operation for every transport; it imports neither http nor sockets',
  ),
  gatewayRow(
    'http',
    { only: ['execute'], typesOnly: ['resolve'] },
    'http translates HTTP requests for execute; it knows no feed, no mirror and no WebSocket',
  ),
  gatewayRow(
    'sockets',
    { only: ['execute'] },
    'sockets translates WebSocket messages for execute; it knows no feed, no mirror and no HTTP route',
  ),
  gatewayRow(
    'serve',
    { only: ['compile', 'execute', 'plan', 'resolve', 'subscribe'] },
    'serve decides which schema runs and swaps it; assemble.ts hands the schema to the transports',
  ),
];
