import { Listeners } from '@quicksilver/common/flow/listeners';
import type {
  LogOptions,
  ReplicaState,
  Runtime,
  Workload,
  WorkloadId,
  WorkloadState,
} from '@quicksilver/manager/runtime/runtime';

const keyOf = ({ kind, name }: WorkloadId): string => `${kind}/${name}`;

/** Workloads in memory that are ready at once. It outlives managers, as processes do. */
export class MemoryRuntime implements Runtime {
  readonly workloads = new Map<string, Workload>();
  /** Every change, as `apply kind/name` and `remove kind/name`. */
  readonly calls: string[] = [];
  readonly #changes = new Listeners<[id: WorkloadId]>();
  readonly #ports = new Map<string, number>();
  /** Called before each apply; throws if the workload cannot run. */
  onApply: (workload: Workload) => void = () => {};
  /** What replicas say of themselves. */
  stateOf: (workload: Workload, ordinal: number) => Partial<ReplicaState> = () => ({});

  start(): Promise<void> {
    return Promise.resolve();
  }

  apply(workload: Workload): Promise<void> {
    this.onApply(workload);
    this.calls.push(`apply ${keyOf(workload)}`);
    this.workloads.set(keyOf(workload), workload);
    this.#changes.notify(workload);
    return Promise.resolve();
  }

  addresses(id: WorkloadId & { readonly replicas: number }): Promise<readonly string[]> {
    return Promise.resolve(
      Array.from({ length: id.replicas }, (_none, ordinal) => this.#address(id, ordinal)),
    );
  }

  remove(id: WorkloadId): Promise<void> {
    this.calls.push(`remove ${keyOf(id)}`);
    this.workloads.delete(keyOf(id));
    this.#changes.notify(id);
    return Promise.resolve();
  }

  observe(id: WorkloadId): Promise<WorkloadState | undefined> {
    const workload = this.workloads.get(keyOf(id));
    if (workload === undefined) {
      return Promise.resolve(undefined);
    }
    const replicas = Array.from({ length: workload.replicas }, (_none, ordinal): ReplicaState => {
      const address = this.#address(id, ordinal);
      const ready = { ordinal, state: 'ready', address, opsAddress: address, restarts: 0 } as const;
      return { ...ready, ...this.stateOf(workload, ordinal) };
    });
    return Promise.resolve({ kind: id.kind, name: id.name, replicas });
  }

  list(): Promise<readonly WorkloadId[]> {
    return Promise.resolve([...this.workloads.values()]);
  }

  onChange(listener: (id: WorkloadId) => void): () => void {
    return this.#changes.add(listener);
  }

  async *logs(id: WorkloadId, ordinal: number, { lines }: LogOptions): AsyncIterable<string> {
    for (let at = 0; at < Math.min(lines, 3); at += 1) {
      yield `${keyOf(id)} replica ${ordinal} line ${at}`;
    }
  }

  stop(_how: { readonly keep: boolean }): Promise<void> {
    return Promise.resolve();
  }

  #address(id: WorkloadId, ordinal: number): string {
    const place = `${keyOf(id)}/${ordinal}`;
    const port = this.#ports.get(place) ?? 20_000 + this.#ports.size;
    this.#ports.set(place, port);
    return `127.0.0.1:${port}`;
  }
}
