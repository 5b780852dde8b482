import { isDeepStrictEqual } from 'node:util';

import type { Resource } from '@quicksilver/resources/kinds';
import type { ResourceStatus } from '@quicksilver/resources/status';
import type { GatewayEntry } from '@quicksilver/contracts/control/service-entry';
import { trustedDocuments } from '@quicksilver/definition/trusted-documents';

import type { Observation } from '../reconcile/resource-state.ts';
import type { DoStep } from '../reconcile/steps.ts';
import type { ServiceWriter, WorkloadKeeper } from '../reconcile/workload-keeper.ts';
import { observeGateway, type ProbeGateway } from './observe-gateway.ts';

export interface GatewayDeps {
  readonly resources: {
    change(change: {
      readonly kind: 'gateway';
      readonly name: string;
      readonly base: number;
      readonly spec: null;
    }): Promise<boolean>;
  };
  readonly statuses: { get(kind: 'gateway', name: string): ResourceStatus | undefined };
  readonly services: { gateway(name: string): GatewayEntry | undefined };
  readonly workloads: WorkloadKeeper;
  readonly writer: ServiceWriter;
  readonly probe: ProbeGateway;
  readonly step: DoStep;
}

export async function reconcileGateway(
  gateway: Resource<'gateway'>,
  deps: GatewayDeps,
  signal: AbortSignal,
): Promise<Observation> {
  const { name, version, spec } = gateway;
  const { resources, services, statuses, workloads, writer, probe, step } = deps;
  const id = { kind: 'gateway', name } as const;
  const current = services.gateway(name);
  if (gateway.isDeleting) {
    if (current !== undefined) {
      await writer.remove(id, signal);
    }
    await workloads.remove(id);
    await step('remove-resource', () => resources.change({ ...id, base: version, spec: null }));
    return { finding: 'deleting' };
  }
  const addresses = await workloads.apply({
    ...id,
    replicas: spec.replicas,
    environment: { QUICK_GATEWAY_NAME: name },
  });
  const schema = spec.schema ?? null;
  const runs = {
    schema,
    ...documentsOf(spec.documents),
    ...(spec.documentsOnly === undefined ? {} : { documentsOnly: spec.documentsOnly }),
  };
  const entry = { ...id, version, ...runs, addresses: [...addresses] };
  const isSame = current !== undefined && isDeepStrictEqual({ ...current, version }, entry);
  if (!isSame) {
    await writer.write(entry, signal);
  }
  const state = await workloads.observe(id);
  return observeGateway({
    version,
    // If only the version differs, the entry stays as it is and keeps the version it was written
    // for.
    schemaVersion: schema === null ? null : isSame ? current.version : version,
    observedBefore: statuses.get('gateway', name)?.observedVersion,
    state,
    probe,
    signal,
  });
}

/** Documents of manifests have ids of their own. */
function documentsOf(
  files: Resource<'gateway'>['spec']['documents'],
): Pick<GatewayEntry, 'documents' | 'documentIds'> {
  const documents = trustedDocuments(files ?? {});
  const ids = documents.flatMap(({ id, text }) => (id === undefined ? [] : [[id, text]]));
  return {
    ...(files === undefined ? {} : { documents: documents.map(({ text }) => text) }),
    ...(ids.length === 0 ? {} : { documentIds: Object.fromEntries(ids) }),
  };
}
