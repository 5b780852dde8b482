import { z } from 'zod';

import type { AskReplica } from '../reconcile/ask-replica.ts';
import type { GatewayReport, ProbeGateway } from './observe-gateway.ts';

const gatewayReport: z.ZodType<GatewayReport> = z.object({
  schemaVersion: z.int().nullable(),
  bindings: z.array(
    z.object({
      field: z.string(),
      topic: z.string(),
      state: z.enum(['ready', 'pending', 'invalid']),
      reason: z.string().exactOptional(),
    }),
  ),
  refused: z.object({ version: z.int(), reason: z.string() }).exactOptional(),
});

/** Reads the status of replicas of gateways. */
export function probeGateway(ask: AskReplica): ProbeGateway {
  return (address) => ask(`http://${address}/control/status`, gatewayReport);
}
