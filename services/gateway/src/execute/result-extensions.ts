import type { ExecutionResult } from 'graphql';

import type { GatewayContext } from '../resolve/gateway-context.ts';

/**
 * Adds `extensions` to a result. `positions` are those of the written records: a later request that
 * sends them reads at least these records. `tombstone` is the key that an event removed. `skipped`
 * are records that a mirror could not read, so that values of the result are older or missing.
 */
export function addResultExtensions(
  result: ExecutionResult,
  { operation }: GatewayContext,
): ExecutionResult {
  const { written, tombstone, skipped } = operation;
  if (written === undefined && tombstone === undefined && skipped.length === 0) {
    return result;
  }
  const added = {
    ...(written === undefined ? {} : { positions: written }),
    ...(tombstone === undefined ? {} : { tombstone }),
    ...(skipped.length === 0 ? {} : { skipped }),
  };
  return { ...result, extensions: { ...result.extensions, ...added } };
}
