import type { Operation } from '../loaders/operation.ts';

/** The context of every resolver. */
export interface GatewayContext {
  readonly operation: Operation;
}
