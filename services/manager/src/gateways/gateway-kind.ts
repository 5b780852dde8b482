import type { Kind } from '../kind.ts';
import { gatewayRoutes, type GatewayRouteDeps } from './gateway-routes.ts';
import type { ProbeGateway } from './observe-gateway.ts';
import { reconcileGateway } from './reconcile-gateway.ts';

export function gatewayKind(deps: GatewayRouteDeps, probe: ProbeGateway): Kind<'gateway'> {
  return {
    kind: 'gateway',
    addRoutes: (api) => gatewayRoutes(api, deps),
    workloadOf: ({ name }) => ({ kind: 'gateway', name }),
    affectedBy: (change) => {
      if (change.of === 'entry of a topic') {
        // Any schema may use the topic.
        return deps.resources.list('gateway').map(({ name }) => name);
      }
      return change.of !== 'resource' && change.kind === 'gateway' ? [change.name] : [];
    },
    open: (tools) => ({
      reconcile: (gateway, signal) =>
        reconcileGateway(gateway, { ...tools, writer: tools.projections, probe }, signal),
      needs: (name) => tools.resources.get('gateway', name) !== undefined,
    }),
  };
}
