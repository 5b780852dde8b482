/**
 * Runs services. The manager decides what should run, and the runtime decides how. An
 * implementation may use child processes on this machine or workloads on a cluster.
 */
export interface Runtime {
  /** Takes over what an earlier manager left running. Called once, before all other calls. */
  start(): Promise<void>;
  /**
   * Makes a workload run as described, whatever its current state. Resolves when that is arranged,
   * not when it is ready. The same description again is a no-op. A changed description replaces the
   * replicas that differ. Throws `AppError` if it can never run here.
   */
  apply(workload: Workload): Promise<void>;
  /**
   * Addresses of all replicas by ordinal. They are fixed before any replica runs, for the life of
   * the workload.
   */
  addresses(workload: WorkloadId & { readonly replicas: number }): Promise<readonly string[]>;
  /**
   * Stops all replicas, gracefully first, and removes their data. Removing an absent workload
   * succeeds.
   */
  remove(id: WorkloadId): Promise<void>;
  /** The state of a workload. Undefined if it does not exist. */
  observe(id: WorkloadId): Promise<WorkloadState | undefined>;
  /** All existing workloads, including orphans. */
  list(): Promise<readonly WorkloadId[]>;
  /**
   * Calls back after a change by itself, such as a crash or a restart. The returned function
   * removes the listener.
   */
  onChange(listener: (id: WorkloadId) => void): () => void;
  /** The last output lines of a replica, then new ones until the signal. */
  logs(id: WorkloadId, ordinal: number, options: LogOptions): AsyncIterable<string>;
  /**
   * Stops the runtime. With `keep`, everything keeps running and the next manager takes it over.
   * Otherwise every replica is stopped gracefully and its data stays.
   */
  stop(how: { readonly keep: boolean }): Promise<void>;
}

export interface LogOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The kinds of workloads that are services of ours, with a program of the same name. */
export const SERVICE_KINDS = ['gateway', 'mirror'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];
/** All kinds of workloads. An application is a program of the user. */
export const WORKLOAD_KINDS = [...SERVICE_KINDS, 'application'] as const;

export interface WorkloadId {
  readonly kind: (typeof WORKLOAD_KINDS)[number];
  readonly name: string;
}

/** One of our services, by its kind, or a program of the user. */
export interface Workload extends WorkloadId {
  readonly replicas: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Only for applications. */
  readonly program?:
    | { readonly command: readonly string[] }
    | { readonly image: string; readonly arguments: readonly string[] };
}

export interface ReplicaState {
  readonly ordinal: number;
  readonly state: 'starting' | 'ready' | 'not-ready' | 'backing-off' | 'failed' | 'stopping';
  /** Why it is not ready: the reason from its readiness check, or its exit code and last output. */
  readonly reason?: string;
  readonly address?: string;
  readonly opsAddress?: string;
  readonly restarts: number;
}

export function isService(kind: WorkloadId['kind']): kind is ServiceKind {
  return SERVICE_KINDS.some((each) => each === kind);
}

export interface WorkloadState extends WorkloadId {
  readonly replicas: readonly ReplicaState[];
}
