import type { ExecutionResult } from 'graphql';

import type { GatewayContext } from '../resolve/gateway-context.ts';

/**
 * Adds `extensions` to a result. `positions` are those of the written records: a later request that
 * sends them reads at least these records. `tombstone` is the key that an event removed.
 */
export function addResultExtensions(
  result: ExecutionResult,
  { operation }: GatewayContext,
): ExecutionResult {
  const { written, tombstone } = operation;
  if (written === undefined && tombstone === undefined) {
    return result;
  }
  const added = {
    ...(written === undefined ? {} : { positions: written }),
    ...(tombstone === undefined ? {} : { tombstone }),
  };
  return { ...result, extensions: { ...result.extensions, ...added } };
}
