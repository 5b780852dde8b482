import type { ExecutionResult } from 'graphql';

import type { GatewayContext } from '../resolve/gateway-context.ts';

/**
 * What a client is told beside its data: `positions`, where the records are that the operation wrote,
 * to be sent with a later request that has to see them; and of an event of a subscription that is a
 * tombstone, the key that it removed.
 */
export function addResultExtensions(
  result: ExecutionResult,
  { operation }: GatewayContext,
): ExecutionResult {
  const { written, tombstone } = operation;
  if (written === undefined && tombstone === undefined) {
    return result;
  }
  const told = {
    ...(written === undefined ? {} : { positions: written }),
    ...(tombstone === undefined ? {} : { tombstone }),
  };
  return { ...result, extensions: { ...result.extensions, ...told } };
}
