import { describeError } from '@quicksilver/common/errors/describe';
import { Deadline, pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { WorkloadId, WorkloadState } from '../runtime.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { Replica } from './replica.ts';
import type { Timings } from './timings.ts';

export interface ProcessWorkloadOptions {
  readonly id: WorkloadId;
  readonly openReplica: (ordinal: number) => Promise<Replica>;
  readonly timings: Timings;
  readonly log: Log;
}

/** What each replica should run, by ordinal. */
type Target = readonly LaunchPlan[];

interface Pass {
  readonly target: Target;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

const RETRY_MS = 1_000;
const LOOK_MS = 50;

/**
 * All replicas of one workload. Reconciles them in one pass at a time. A new target interrupts the
 * waits of the current pass, but never a step.
 */
export class ProcessWorkload {
  readonly #options: ProcessWorkloadOptions;
  readonly #replicas = new Map<number, Replica>();
  /** Removals in progress, by ordinal. */
  readonly #removals = new Map<number, Promise<unknown>>();
  /** Number of replicas that have a published address or should run. */
  #reserved = 0;
  #pass: Pass | undefined;

  constructor(options: ProcessWorkloadOptions) {
    this.#options = options;
  }

  /** Adds an existing replica. */
  add(replica: Replica): void {
    this.#replicas.set(replica.ordinal, replica);
  }

  replica(ordinal: number): Replica | undefined {
    return this.#replicas.get(ordinal);
  }

  state(): WorkloadState {
    return { ...this.#options.id, replicas: this.#inOrder().map((replica) => replica.state()) };
  }

  async addresses(count: number): Promise<readonly string[]> {
    this.#reserved = Math.max(this.#reserved, count);
    await this.#open(count);
    return this.#inOrder()
      .slice(0, count)
      .flatMap((replica) => replica.address('service') ?? []);
  }

  /**
   * Resolves once every replica has its files and ports. Starts and replacements follow in the
   * background.
   */
  async apply(target: Target): Promise<void> {
    this.#reserved = target.length;
    await this.#open(target.length);
    const isComplete = this.#replicas.size === target.length;
    if (isComplete && this.#pass !== undefined && isSame(this.#pass.target, target)) {
      return;
    }
    await this.#breakOff();
    const stop = new AbortController();
    this.#pass = { target, stop, done: this.#run(target, stop.signal) };
  }

  async remove(): Promise<void> {
    await this.#breakOff();
    await this.#each((replica) => replica.remove());
    this.#replicas.clear();
  }

  async stop({ keep }: { readonly keep: boolean }): Promise<void> {
    await this.#breakOff();
    await this.#each((replica) => (keep ? replica.letGo() : replica.end()));
  }

  /** Tries every replica, then throws the first failure. */
  async #each(work: (replica: Replica) => Promise<void>): Promise<void> {
    const outcomes = await Promise.allSettled(this.#inOrder().map(work));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }

  async #breakOff(): Promise<void> {
    this.#pass?.stop.abort();
    await this.#pass?.done;
    this.#pass = undefined;
  }

  async #open(count: number): Promise<void> {
    for (let ordinal = 0; ordinal < count; ordinal += 1) {
      // A replica that is being removed cannot be reused, because its address is removed too.
      await this.#removals.get(ordinal);
      if (!this.#replicas.has(ordinal)) {
        this.add(await this.#options.openReplica(ordinal));
      }
    }
  }

  async #run(target: Target, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#converge(target, signal);
        return;
      } catch (error) {
        const { id, log } = this.#options;
        log.error(
          { ...id, err: error },
          `failed to reconcile the workload: ${describeError(error)}`,
        );
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #converge(target: Target, signal: AbortSignal): Promise<void> {
    // First starts all replicas that do not run, at once, because they serve no requests yet.
    const idle = this.#targets(target).filter(({ replica }) => replica.digest === undefined);
    await Promise.all(idle.map(({ replica, plan }) => replica.start(plan)));
    for (const replica of this.#inOrder().toReversed()) {
      if (replica.ordinal >= Math.max(target.length, this.#reserved) && !signal.aborted) {
        await this.#takeAway(replica);
      }
    }
    // Then replaces the others one by one, starting with those that are not ready.
    const running = this.#targets(target).toSorted(
      (a, b) => Number(a.replica.isReady) - Number(b.replica.isReady),
    );
    for (const { replica, plan } of running) {
      if (replica.isReady && replica.digest !== plan.digest) {
        await this.#untilOthersReady(target, replica, signal);
      }
      if (signal.aborted) {
        return;
      }
      await replica.start(plan);
    }
  }

  async #takeAway(replica: Replica): Promise<void> {
    const { ordinal } = replica;
    const removal = replica.remove().then(() => this.#replicas.delete(ordinal));
    this.#removals.set(
      ordinal,
      // If the removal fails, waiters find the replica unchanged, and the pass handles the error.
      removal.catch(() => false),
    );
    try {
      await removal;
    } finally {
      this.#removals.delete(ordinal);
    }
  }

  #targets(target: Target): { readonly replica: Replica; readonly plan: LaunchPlan }[] {
    return target.flatMap((plan, ordinal) => {
      const replica = this.#replicas.get(ordinal);
      return replica === undefined ? [] : [{ replica, plan }];
    });
  }

  /**
   * Waits until all up-to-date replicas are ready, or until the deadline. A replica that never
   * becomes ready must not block the rest.
   */
  async #untilOthersReady(target: Target, next: Replica, signal: AbortSignal): Promise<void> {
    const deadline = Deadline.in(this.#options.timings.replaceMs);
    const isWaiting = (): boolean =>
      this.#targets(target).some(
        ({ replica, plan }) =>
          replica !== next && replica.digest === plan.digest && !replica.isReady,
      );
    while (isWaiting() && !signal.aborted && !deadline.isOver) {
      await pause(LOOK_MS, signal);
    }
  }

  #inOrder(): readonly Replica[] {
    return [...this.#replicas.values()].toSorted((a, b) => a.ordinal - b.ordinal);
  }
}

function isSame(a: Target, b: Target): boolean {
  return a.length === b.length && a.every((plan, ordinal) => plan.digest === b[ordinal]?.digest);
}
