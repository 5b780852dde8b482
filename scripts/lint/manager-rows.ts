import { folderRowsOf } from './folder-row.ts';
import type { DirectionRow } from './import-row.ts';

/** A folder of the manager and what it may import. The lowest folders come first. */
const managerRow = folderRowsOf('services/manager/src');

/** The layers below the kinds. */
const BELOW_KINDS = ['http', 'reconcile', 'state'];
const TYPES_BELOW_KINDS = ['runtime', 'kind.ts'];

export const MANAGER_ROWS: readonly DirectionRow[] = [
  managerRow(
    'runtime',
    { typesOnly: ['config.ts'] },
    'the runtime runs workloads and has no notion of resources',
  ),
  managerRow(
    'state',
    {},
    'state stores resources and statuses; the rules of a kind are in packages/resources',
  ),
  managerRow(
    'http',
    { only: ['state'], typesOnly: ['runtime'] },
    'http serves the routes of any kind; a request changes what is wanted, and only reconciliation acts',
  ),
  managerRow(
    'reconcile',
    { only: ['state'], typesOnly: ['runtime', 'metrics.ts'] },
    'reconcile keeps the leader, the queue and the steps; it knows no kind and no request',
  ),
  managerRow(
    'gateways',
    { only: BELOW_KINDS, typesOnly: TYPES_BELOW_KINDS },
    'a kind is above http and reconcile; gateways need no other kind',
  ),
  managerRow(
    'mirrors',
    { only: BELOW_KINDS, typesOnly: TYPES_BELOW_KINDS },
    'a kind is above http and reconcile; mirrors need no other kind',
  ),
  managerRow(
    'discovery',
    { only: ['http', 'state', 'gateways', 'mirrors'], typesOnly: TYPES_BELOW_KINDS },
    'discovery reads the topics of the broker and changes nothing',
  ),
  managerRow(
    'applications',
    { only: BELOW_KINDS, typesOnly: TYPES_BELOW_KINDS },
    'a kind is above http and reconcile; applications need no other kind',
  ),
  managerRow(
    'topics',
    { only: [...BELOW_KINDS, 'discovery', 'gateways', 'mirrors'], typesOnly: TYPES_BELOW_KINDS },
    'a topic has a type of a gateway and brings its mirror, so topics is above both',
  ),
];
