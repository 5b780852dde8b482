import type { Resource } from '@quicksilver/contracts/control/resource';
import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import { reconcileApplication } from '../applications/reconcile-application.ts';
import type { ProbeGateway } from '../gateways/observe-gateway.ts';
import { reconcileGateway } from '../gateways/reconcile-gateway.ts';
import { MirrorKeeper } from '../mirrors/mirror-keeper.ts';
import { processOf } from '@quicksilver/resources/mirror-names';
import type { ProbeMirror } from '../mirrors/observe-mirror.ts';
import type { Runtime, WorkloadId } from '../runtime/runtime.ts';
import type { ResourceLog } from '../state/resource-log.ts';
import { entityOf, isKind } from '../state/resource-record.ts';
import type { StatusLog } from '../state/status-log.ts';
import { adoptTopic } from '../topics/adopt-topic.ts';
import { reconcileTopic } from '../topics/reconcile-topic.ts';
import type { Projections } from './projections.ts';
import type { Observation } from './resource-state.ts';
import type { DoStep } from './steps.ts';
import { WorkloadKeeper } from './workload-keeper.ts';

export interface Probes {
  readonly gateway: ProbeGateway;
  readonly mirror: ProbeMirror;
}

export interface TermOptions {
  readonly runtime: Runtime;
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly registry: TopicRegistry;
  readonly services: ServiceDirectory;
  readonly admin: TopicAdmin;
  readonly projections: Projections;
  readonly probes: Probes;
  readonly step: DoStep;
  readonly log: Log;
}

/** The work of one leader term. Nothing of it outlives the term. */
export class Term {
  readonly runtime: Runtime;
  readonly workloads: WorkloadKeeper;
  readonly #options: TermOptions;
  readonly #mirrors: MirrorKeeper;

  constructor(options: TermOptions) {
    const { runtime, step, projections: writer, probes } = options;
    this.#options = options;
    this.runtime = runtime;
    this.workloads = new WorkloadKeeper(runtime, step);
    this.#mirrors = new MirrorKeeper({
      ...options,
      workloads: this.workloads,
      writer,
      probe: probes.mirror,
    });
  }

  /** Does the next steps for one resource and returns what it observes. */
  reconcile(resource: Resource, signal: AbortSignal): Promise<Observation> {
    const { projections, probes } = this.#options;
    const deps = { ...this.#options, workloads: this.workloads, writer: projections };
    if (isKind(resource, 'topic')) {
      return reconcileTopic(
        resource,
        {
          ...deps,
          writeEntry: (entry, until) => projections.writeTopic(entry, until),
          removeEntry: (name, until) => projections.removeTopic(name, until),
        },
        signal,
      );
    }
    if (isKind(resource, 'mirror')) {
      return this.#mirrors.reconcile(resource, signal);
    }
    if (isKind(resource, 'gateway')) {
      return reconcileGateway(resource, { ...deps, probe: probes.gateway }, signal);
    }
    if (isKind(resource, 'application')) {
      return reconcileApplication(resource, deps);
    }
    throw new Error(`Unknown resource kind ${resource.kind}`);
  }

  /**
   * Removes orphans: workloads, service entries, registry entries and statuses without a resource.
   */
  async removeOrphans(signal: AbortSignal): Promise<void> {
    const { runtime, services, registry, statuses, resources, projections, step, log } =
      this.#options;
    for (const id of await runtime.list()) {
      if (!this.#isNeeded(id)) {
        log.info({ workload: `${id.kind}/${id.name}` }, 'removing an orphaned workload');
        await step('remove-workload', () => runtime.remove(id));
      }
    }
    for (const entry of [...services.gateways(), ...services.mirrors()]) {
      if (!this.#isNeeded(entry)) {
        await projections.remove(entry, signal);
      }
    }
    for (const entry of registry.list()) {
      if (resources.get('topic', entry.name) !== undefined) {
        continue;
      }
      if (resources.versionOf('topic', entry.name) === 0) {
        await adoptTopic(entry, this.#options, signal);
      } else {
        await step('remove-registry-entry', () => projections.removeTopic(entry.name, signal));
      }
    }
    for (const { kind, name } of statuses.list()) {
      if (resources.versioned(entityOf(kind, name)).body === null) {
        await step('write-status', () => statuses.remove(kind, name, signal));
      }
    }
  }

  #isNeeded({ kind, name }: WorkloadId): boolean {
    const { resources, services } = this.#options;
    if (kind !== 'mirror') {
      return resources.get(kind, name) !== undefined;
    }
    // A process that mirrors are leaving is stopped by those mirrors.
    const hosts = services.mirror(name)?.topics ?? [];
    return resources
      .list('mirror')
      .some(
        (mirror) =>
          processOf(mirror) === name || hosts.some(({ topic }) => topic === mirror.spec.topic),
      );
  }
}
