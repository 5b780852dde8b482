import type { ServiceEntry } from '@quicksilver/contracts/control/service-entry';

import type { Runtime, Workload, WorkloadId, WorkloadState } from '../runtime/runtime.ts';
import type { DoStep } from './steps.ts';

/**
 * Publishes services to the data plane. When a call resolves, the view of this process has read it.
 */
export interface ServiceWriter {
  write(entry: ServiceEntry, signal: AbortSignal): Promise<void>;
  remove(id: Pick<ServiceEntry, 'kind' | 'name'>, signal: AbortSignal): Promise<void>;
}

/**
 * The runtime for reconciliation. It skips a workload that was already applied, until `forget`, and
 * skips removals of workloads that are gone.
 */
export class WorkloadKeeper {
  readonly #runtime: Runtime;
  readonly #step: DoStep;
  readonly #applied = new Map<string, string>();
  readonly #removed = new Set<string>();

  constructor(runtime: Runtime, step: DoStep) {
    this.#runtime = runtime;
    this.#step = step;
  }

  /** Applies a workload and returns the addresses of all its replicas. */
  async apply(workload: Workload): Promise<readonly string[]> {
    const key = keyOf(workload);
    const text = JSON.stringify(workload);
    if (this.#applied.get(key) !== text) {
      this.#removed.delete(key);
      await this.#step('apply-workload', () => this.#runtime.apply(workload));
      this.#applied.set(key, text);
    }
    return this.#runtime.addresses(workload);
  }

  async remove(id: WorkloadId): Promise<void> {
    const key = keyOf(id);
    if (!this.#removed.has(key)) {
      this.#applied.delete(key);
      if ((await this.#runtime.observe(id)) !== undefined) {
        await this.#step('remove-workload', () => this.#runtime.remove(id));
      }
      this.#removed.add(key);
    }
  }

  /** Whether it was applied in this term and not removed since. */
  isApplied(id: WorkloadId): boolean {
    return this.#applied.has(keyOf(id));
  }

  observe(id: WorkloadId): Promise<WorkloadState | undefined> {
    return this.#runtime.observe(id);
  }

  /** Applies everything once more, because something may have changed outside of this process. */
  forget(): void {
    this.#applied.clear();
    this.#removed.clear();
  }
}

function keyOf({ kind, name }: WorkloadId): string {
  return `${kind}/${name}`;
}
