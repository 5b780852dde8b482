import type { ReconciledKind } from './reconcile/reconciled-kind.ts';
import type { AskReplica } from './reconcile/ask-replica.ts';
import type { ServedKind } from './http/served-kind.ts';
import { applicationKind } from './applications/application-kind.ts';
import type { ApplicationRouteDeps } from './applications/application-routes.ts';
import { gatewayKind } from './gateways/gateway-kind.ts';
import type { GatewayRouteDeps } from './gateways/gateway-routes.ts';
import type { ProbeGateway } from './gateways/observe-gateway.ts';
import { probeGateway } from './gateways/probe-gateway.ts';
import { mirrorKind } from './mirrors/mirror-kind.ts';
import type { ProbeMirror } from './mirrors/observe-mirror.ts';
import { probeMirror } from './mirrors/probe-mirror.ts';
import {
  readPoisonWith,
  retryPoisonWith,
  type ReadPoison,
  type RetryPoison,
} from './mirrors/read-poison.ts';
import { readSizeWith, type ReadSize } from './mirrors/read-size.ts';
import { topicKind } from './topics/topic-kind.ts';
import type { TopicRouteDeps } from './topics/topic-routes.ts';

export type KindDeps = TopicRouteDeps & GatewayRouteDeps & ApplicationRouteDeps;

/** How the manager asks replicas what they serve. */
export interface Probes {
  readonly gateway: ProbeGateway;
  readonly mirror: ProbeMirror;
  readonly poison: ReadPoison;
  readonly retryPoison: RetryPoison;
  readonly size: ReadSize;
}

export function probesWith(ask: AskReplica): Probes {
  return {
    gateway: probeGateway(ask),
    mirror: probeMirror(ask),
    poison: readPoisonWith(ask),
    retryPoison: retryPoisonWith(ask),
    size: readSizeWith(ask),
  };
}

/** All kinds of resources. */
export function allKinds(deps: KindDeps, probes: Probes): readonly (ServedKind & ReconciledKind)[] {
  return [
    topicKind(deps),
    mirrorKind(
      {
        ...deps,
        readPoison: probes.poison,
        retryPoison: probes.retryPoison,
        readSize: probes.size,
      },
      probes.mirror,
    ),
    gatewayKind(deps, probes.gateway),
    applicationKind(deps),
  ];
}
