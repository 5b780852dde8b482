import type { Resource } from '@quicksilver/resources/kinds';

import type { Runtime } from '../runtime/runtime.ts';
import { entityOf } from '../state/resource-record.ts';
import type { KindTerm, ReconciledKind, TermTools } from './reconciled-kind.ts';
import type { Observation } from './resource-state.ts';
import { WorkloadKeeper } from './workload-keeper.ts';

export interface TermOptions extends Omit<TermTools, 'workloads'> {
  readonly runtime: Runtime;
  readonly kinds: readonly ReconciledKind[];
}

/** The work of one leader term. Nothing of it outlives the term. */
export class Term {
  readonly runtime: Runtime;
  readonly workloads: WorkloadKeeper;
  readonly #options: TermOptions;
  readonly #kinds: ReadonlyMap<string, KindTerm>;

  constructor(options: TermOptions) {
    const { runtime, step, kinds } = options;
    this.#options = options;
    this.runtime = runtime;
    this.workloads = new WorkloadKeeper(runtime, step);
    const tools = { ...options, workloads: this.workloads };
    this.#kinds = new Map(kinds.map((each) => [each.kind, each.open(tools)]));
  }

  /** Does the next steps for one resource and returns what it observes. */
  async reconcile(resource: Resource, signal: AbortSignal): Promise<Observation> {
    const kind = this.#kinds.get(resource.kind);
    if (kind === undefined) {
      throw new Error(`Unknown resource kind ${resource.kind}`);
    }
    return await kind.reconcile(resource, signal);
  }

  /**
   * Removes orphans: workloads, service entries, statuses and what each kind has besides, without a
   * resource.
   */
  async removeOrphans(signal: AbortSignal): Promise<void> {
    const { runtime, services, statuses, resources, projections, step, log } = this.#options;
    for (const id of await runtime.list()) {
      if (!this.#isNeeded(id)) {
        log.info({ workload: `${id.kind}/${id.name}` }, 'removing an orphaned workload');
        await step('remove-workload', () => runtime.remove(id));
      }
    }
    for (const entry of services.list()) {
      if (!this.#isNeeded(entry)) {
        await projections.remove(entry, signal);
      }
    }
    for (const kind of this.#kinds.values()) {
      await kind.removeOrphans?.(signal);
    }
    for (const { kind, name } of statuses.list()) {
      if (resources.versioned(entityOf(kind, name)).body === null) {
        await step('write-status', () => statuses.remove(kind, name, signal));
      }
    }
  }

  #isNeeded({ kind, name }: { readonly kind: string; readonly name: string }): boolean {
    // A key has no other record.
    return kind === 'key' || this.#kinds.get(kind)?.needs(name) === true;
  }
}
