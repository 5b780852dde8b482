/**
 * Where services run. The manager says what should run, never how: the same calls make child
 * processes on this machine or workloads on a cluster.
 */
export interface Runtime {
  /** Finds what an earlier manager left running, and takes it over. Called once, before the rest. */
  start(): Promise<void>;
  /**
   * Makes a workload run as described, from whatever state it is in; resolves when that is arranged,
   * not when it is ready. The same description again changes nothing. A changed one replaces the
   * replicas that differ. Throws `AppError` where it can never run here.
   */
  apply(workload: Workload): Promise<void>;
  /**
   * Addresses of all replicas by ordinal, decided before any of them runs and kept for the life of
   * the workload.
   */
  addresses(workload: WorkloadId & { readonly replicas: number }): Promise<readonly string[]>;
  /** Ends all replicas, gracefully first, and removes their data. Absent is success. */
  remove(id: WorkloadId): Promise<void>;
  /** What there is of a workload; undefined where there is nothing. */
  observe(id: WorkloadId): Promise<WorkloadState | undefined>;
  /** Every workload that is there, wanted or not: so that none is forgotten. */
  list(): Promise<readonly WorkloadId[]>;
  /** Calls back after something changed by itself (a crash, a restart); the result ends that. */
  onChange(listener: (id: WorkloadId) => void): () => void;
  /** The last lines that a replica wrote, then new ones until the signal. */
  logs(id: WorkloadId, ordinal: number, options: LogOptions): AsyncIterable<string>;
  /**
   * Lets go. With `keep` everything runs on and the next manager's `start` finds it; without, every
   * replica is ended gracefully and the data stays.
   */
  stop(how: { readonly keep: boolean }): Promise<void>;
}

export interface LogOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

export interface WorkloadId {
  readonly kind: 'gateway' | 'mirror' | 'application';
  readonly name: string;
}

/** A service of ours, by its kind, or a program of the user's. */
export interface Workload extends WorkloadId {
  readonly replicas: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Of applications only. */
  readonly program?:
    | { readonly command: readonly string[] }
    | { readonly image: string; readonly arguments: readonly string[] };
}

export interface ReplicaState {
  readonly ordinal: number;
  readonly state: 'starting' | 'ready' | 'not-ready' | 'backing-off' | 'failed' | 'stopping';
  /** Why it is not ready: what its readiness said, or its exit code and its last words. */
  readonly reason?: string;
  readonly address?: string;
  readonly opsAddress?: string;
  readonly restarts: number;
}

export interface WorkloadState extends WorkloadId {
  readonly replicas: readonly ReplicaState[];
}
