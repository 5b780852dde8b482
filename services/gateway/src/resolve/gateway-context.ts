import type { Operation } from '../load/operation.ts';

/** What every resolver is given beside its source and its arguments. */
export interface GatewayContext {
  readonly operation: Operation;
}
