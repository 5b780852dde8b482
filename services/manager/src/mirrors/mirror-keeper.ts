import { KeyedQueue } from '@quicksilver/common/flow/keyed-queue';
import type { Resource } from '@quicksilver/resources/kinds';
import type { ResourceStatus } from '@quicksilver/resources/status';
import type { MirrorEntry } from '@quicksilver/contracts/control/service-entry';

import type { Observation } from '../reconcile/resource-state.ts';
import type { DoStep } from '../reconcile/steps.ts';
import type { ServiceWriter, WorkloadKeeper } from '../reconcile/workload-keeper.ts';
import { processOf, type MirrorLookup } from '@quicksilver/resources/mirror-lookup';
import { changedEntry, planProcess } from './mirror-process.ts';
import { observeMirror, type ProbeMirror } from './observe-mirror.ts';

export interface MirrorKeeperOptions {
  readonly resources: MirrorLookup & {
    change(change: {
      readonly kind: 'mirror';
      readonly name: string;
      readonly base: number;
      readonly spec: null;
    }): Promise<boolean>;
  };
  readonly statuses: { get(kind: 'mirror', name: string): ResourceStatus | undefined };
  readonly registry: { get(name: string): { readonly partitions: number } | undefined };
  readonly services: {
    mirror(process: string): MirrorEntry | undefined;
    mirrors(): readonly MirrorEntry[];
  };
  readonly workloads: WorkloadKeeper;
  readonly writer: ServiceWriter;
  readonly probe: ProbeMirror;
  readonly step: DoStep;
}

/**
 * Reconciles mirror processes with the mirrors that they should host. Several mirrors may share a
 * process.
 */
export class MirrorKeeper {
  readonly #options: MirrorKeeperOptions;
  /** Mirrors that share a process take turns. */
  readonly #turns = new KeyedQueue();

  constructor(options: MirrorKeeperOptions) {
    this.#options = options;
  }

  async reconcile(mirror: Resource<'mirror'>, signal: AbortSignal): Promise<Observation> {
    const { services, resources, step, workloads } = this.#options;
    const { topic } = mirror.spec;
    const process = processOf(mirror);
    const hosting = services
      .mirrors()
      .filter(({ topics }) => topics.some((t) => t.topic === topic));
    for (const name of new Set([process, mirror.name, ...hosting.map((entry) => entry.name)])) {
      await this.#turns.run([name], () => this.ensureProcess(name, signal));
    }
    if (!mirror.isDeleting) {
      return this.#observe(mirror, process, signal);
    }
    const isHosted = services.mirrors().some(({ topics }) => topics.some((t) => t.topic === topic));
    const hasDedicated = workloads.isApplied({ kind: 'mirror', name: mirror.name });
    if (isHosted || (hasDedicated && mirror.name !== process)) {
      return { finding: 'deleting' };
    }
    await step('remove-resource', () =>
      resources.change({ kind: 'mirror', name: mirror.name, base: mirror.version, spec: null }),
    );
    return { finding: 'deleting' };
  }

  /** Reconciles one process, or removes it if no mirror needs it. */
  async ensureProcess(name: string, signal: AbortSignal): Promise<void> {
    const { resources, registry, services, statuses, workloads, writer } = this.#options;
    const current = services.mirror(name);
    const plan = planProcess(name, {
      mirrors: resources.list('mirror'),
      isRegistered: (topic) => registry.get(topic) !== undefined,
      isServed: ({ name: mirror, version }) => {
        const status = statuses.get('mirror', mirror);
        return status?.state === 'Running' && status.observedVersion >= version;
      },
      current,
    });
    const id = { kind: 'mirror', name } as const;
    if (plan.topics.length === 0) {
      if (current !== undefined) {
        await writer.remove(id, signal);
      }
      await workloads.remove(id);
      return;
    }
    const { replicas } = plan;
    const addresses = await workloads.apply({
      ...id,
      replicas,
      environment: { QUICK_MIRROR_NAME: name },
    });
    const entry = changedEntry(name, plan, addresses, current);
    if (entry !== undefined) {
      await writer.write(entry, signal);
    }
  }

  async #observe(
    mirror: Resource<'mirror'>,
    process: string,
    signal: AbortSignal,
  ): Promise<Observation> {
    const { registry, workloads, probe } = this.#options;
    const { topic } = mirror.spec;
    const partitions = registry.get(topic)?.partitions;
    if (partitions === undefined) {
      const reason = `Topic ${topic} does not exist yet.`;
      return { finding: 'untouched', reason };
    }
    const state = await workloads.observe({ kind: 'mirror', name: process });
    return observeMirror({ topic, partitions, state, probe, signal });
  }
}
