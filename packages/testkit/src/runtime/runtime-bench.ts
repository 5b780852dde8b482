import type {
  ReplicaState,
  Runtime,
  Workload,
  WorkloadId,
} from '@quicksilver/manager/runtime/runtime';

import { eventually } from '../basics/eventually.ts';

/**
 * What an implementation of the runtime port brings to its conformance suite. Its services are
 * `small-service.ts`, its applications `small-program.ts` with the given arguments.
 */
export interface RuntimeBench extends AsyncDisposable {
  /** A runtime, started, over what the one before left; that one has been stopped. */
  open(): Promise<Runtime>;
  program(args: readonly string[]): NonNullable<Workload['program']>;
  /** Longest that anything may take here from being asked for until it is seen. */
  readonly patienceMs: number;
}

export interface SmallAnswer {
  readonly pid: number;
  readonly starts: number;
  readonly greeting?: string;
  /**
   * When the replica served and was asked to end, over all its processes: `serves 12`, `ends 34`,
   * in nanoseconds.
   */
  readonly moments: readonly string[];
}

export const gateway = (environment: Readonly<Record<string, string>> = {}): Workload => ({
  kind: 'gateway',
  name: 'flights',
  replicas: 1,
  environment,
});

export const mirror = (replicas: number, greeting = 'hello'): Workload => ({
  kind: 'mirror',
  name: 'airports',
  replicas,
  environment: { SMALL_GREETING: greeting },
});

/** Waits until every replica is so; answers them by ordinal. */
export async function untilReplicas(
  { patienceMs }: Pick<RuntimeBench, 'patienceMs'>,
  runtime: Runtime,
  id: WorkloadId,
  expected: { readonly count: number; readonly state: ReplicaState['state'] },
): Promise<readonly ReplicaState[]> {
  return await eventually(async () => {
    const replicas = (await runtime.observe(id))?.replicas ?? [];
    const states = replicas.map(({ state }) => state).join(', ');
    if (
      replicas.length !== expected.count ||
      replicas.some(({ state }) => state !== expected.state)
    ) {
      const reasons = replicas.map(({ reason }) => reason ?? '').join('; ');
      throw new Error(`expected ${expected.count} ${expected.state}, found ${states} (${reasons})`);
    }
    return replicas;
  }, patienceMs);
}

export async function ask(
  replica: Pick<ReplicaState, 'address'> | undefined,
): Promise<SmallAnswer> {
  const answer = await fetch(`http://${replica?.address}/`, { headers: { connection: 'close' } });
  // Only small-service.ts prints it.
  return (await answer.json()) as SmallAnswer;
}

/** Makes the service end by itself; it does not come to answer. */
export async function crash(replica: Pick<ReplicaState, 'address'> | undefined): Promise<void> {
  await fetch(`http://${replica?.address}/crash`, { method: 'POST' }).catch(() => undefined);
}

/** All lines that a replica has written up to now. */
export async function linesOf(
  runtime: Runtime,
  id: WorkloadId,
  ordinal = 0,
): Promise<readonly string[]> {
  const { signal } = new AbortController();
  return await Array.fromAsync(runtime.logs(id, ordinal, { lines: 1_000, follow: false, signal }));
}
