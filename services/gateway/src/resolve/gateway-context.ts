import type { Operation } from '../load/operation.ts';

/** The context of every resolver. */
export interface GatewayContext {
  readonly operation: Operation;
}
