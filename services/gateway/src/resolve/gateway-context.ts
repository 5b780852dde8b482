import type { Operation } from '../loaders/operation.ts';
import type { CallerAccess } from './caller-access.ts';

/** The context of every resolver. */
export interface GatewayContext {
  readonly operation: Operation;
  /** Who sent the operation, and what the schema allows to this caller. */
  readonly access: CallerAccess;
}
