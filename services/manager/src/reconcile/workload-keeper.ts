import type { ServiceEntry } from '@quicksilver/contracts/control/service-entry';

import type { Runtime, Workload, WorkloadId, WorkloadState } from '../runtime/runtime.ts';
import type { DoStep } from './steps.ts';

/** Tells the data plane about services. When a call resolves, this process's view knows it. */
export interface ServiceWriter {
  write(entry: ServiceEntry, signal: AbortSignal): Promise<void>;
  remove(id: Pick<ServiceEntry, 'kind' | 'name'>, signal: AbortSignal): Promise<void>;
}

/**
 * The runtime as reconciliation uses it: what was applied already is not applied again until
 * `forget`, and what is known to be gone is not removed again.
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

  /** Makes it run and answers the addresses of all its replicas. */
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

  /** Whether it was applied here and not removed since. */
  isKnown(id: WorkloadId): boolean {
    return this.#applied.has(keyOf(id));
  }

  observe(id: WorkloadId): Promise<WorkloadState | undefined> {
    return this.#runtime.observe(id);
  }

  /** From now on everything is applied again once: something may have changed behind us. */
  forget(): void {
    this.#applied.clear();
    this.#removed.clear();
  }
}

function keyOf({ kind, name }: WorkloadId): string {
  return `${kind}/${name}`;
}
