import type { ResourceKind } from '@quicksilver/resources/kinds';

import type { ServedKind } from './http/served-kind.ts';
import type { ReconciledKind } from './reconcile/reconciled-kind.ts';

/** One kind of resource: its routes and its reconciliation. Each folder of a kind exports one. */
export type Kind<K extends ResourceKind> = ServedKind<K> & ReconciledKind<K>;
