import { folderRowsOf } from './folder-row.ts';
import type { DirectionRow } from './import-row.ts';

const MIRROR = 'services/mirror/src';

/** The lowest folders come first. */
const mirrorRow = folderRowsOf(MIRROR);

export const MIRROR_ROWS: readonly DirectionRow[] = [
  mirrorRow('store', {}, 'store is the database of a topic; it imports no other folder'),
  {
    from: `${MIRROR}/store`,
    within: 'packages',
    only: [
      ...['errors', 'numbers', 'lifecycle', 'flow', 'records'].map(
        (name) => `packages/common/src/${name}`,
      ),
      'packages/kafka/src/position.ts',
    ],
    because: 'of Kafka the store knows positions only, and nothing of HTTP',
    binds: 'code',
  },
  mirrorRow(
    'apply',
    { only: ['store'] },
    'apply writes records to the store; source calls it through a callback',
  ),
  mirrorRow(
    'source',
    { typesOnly: ['apply', 'store'] },
    'source fetches records and hands them to the callback it gets; it imports types of apply and store',
  ),
  mirrorRow(
    'retention',
    { typesOnly: ['apply', 'store'] },
    'retention decides when a record expires and writes its tombstone; it imports types of apply and store',
  ),
  mirrorRow(
    'query',
    {
      typesOnly: ['apply', 'store'],
      except: ['store/ports.ts', 'apply/partition-state.ts'],
    },
    'query reads the partitions of this replica through the read port of the store; it knows no other replica',
  ),
  mirrorRow(
    'read',
    { only: ['query'], never: ['packages/common/src/http'] },
    'read joins the partitions of all replicas by plain values; it knows no HTTP, and route implements its port',
  ),
  mirrorRow(
    'route',
    { only: ['query', 'read'] },
    'route knows the owners of partitions and reads from them through the port of read; it reaches no store',
  ),
  mirrorRow(
    'http',
    { only: ['query', 'read'] },
    'http translates requests for read and prints the results; it knows no store and no other replica',
  ),
  mirrorRow(
    'hosting',
    { only: ['store', 'apply', 'source', 'retention', 'query'], typesOnly: ['route'] },
    'hosting opens and closes the topics of this replica; assemble.ts hands their views to http',
  ),
];
