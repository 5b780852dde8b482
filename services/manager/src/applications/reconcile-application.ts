import type { Resource } from '@quicksilver/resources/kinds';

import { observationOf } from '../reconcile/replica-status.ts';
import type { Observation } from '../reconcile/resource-state.ts';
import type { DoStep } from '../reconcile/steps.ts';
import type { WorkloadKeeper } from '../reconcile/workload-keeper.ts';
import type { Workload } from '../runtime/runtime.ts';

export interface ApplicationDeps {
  readonly resources: {
    change(change: {
      readonly kind: 'application';
      readonly name: string;
      readonly base: number;
      readonly spec: null;
    }): Promise<boolean>;
  };
  readonly workloads: WorkloadKeeper;
  readonly step: DoStep;
}

export async function reconcileApplication(
  application: Resource<'application'>,
  { resources, workloads, step }: ApplicationDeps,
): Promise<Observation> {
  const { name, version } = application;
  const id = { kind: 'application', name } as const;
  if (application.isDeleting) {
    await workloads.remove(id);
    await step('remove-resource', () => resources.change({ ...id, base: version, spec: null }));
    return { finding: 'deleting' };
  }
  await workloads.apply(workloadOf(application));
  return observationOf(await workloads.observe(id));
}

/** Like bakdata Quick, passes arguments to the program as `--name value`. */
export function workloadOf({ name, spec }: Resource<'application'>): Workload {
  const args = Object.entries(spec.arguments).flatMap(([key, value]) => [`--${key}`, value]);
  const port = spec.port === undefined ? {} : { CONTAINER_PORT: String(spec.port) };
  const { image, command = [] } = spec;
  return {
    kind: 'application',
    name,
    replicas: spec.replicas,
    environment: { ...port, ...spec.environment },
    program:
      image === undefined
        ? { command: [...command, ...args] }
        : { image: `${image.registry}/${image.name}:${image.tag}`, arguments: args },
  };
}
