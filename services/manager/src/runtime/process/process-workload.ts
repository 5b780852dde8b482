import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
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
 * All replicas of one workload. One pass at a time makes them as they should be; a new target breaks
 * off the waits of the pass for the old one, never a step of it.
 */
export class ProcessWorkload {
  readonly #options: ProcessWorkloadOptions;
  readonly #replicas = new Map<number, Replica>();
  /** By ordinal, while they are under way. */
  readonly #removals = new Map<number, Promise<unknown>>();
  /** Replicas whose addresses were told, or that should run. */
  #reserved = 0;
  #pass: Pass | undefined;

  constructor(options: ProcessWorkloadOptions) {
    this.#options = options;
  }

  /** Adds a replica that was found. */
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

  /** Resolves once every replica has its place; they are started and replaced behind that. */
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

  /** Every replica is attempted, then the first failure is thrown. */
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
      // One that is being taken away is not the one that is wanted: its address goes with it.
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
        log.error({ ...id, err: error }, `could not be made as described: ${describeError(error)}`);
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #converge(target: Target, signal: AbortSignal): Promise<void> {
    // What does not run is started first, and all of it at once: nobody is served by it yet.
    const idle = this.#wanted(target).filter(({ replica }) => replica.digest === undefined);
    await Promise.all(idle.map(({ replica, plan }) => replica.start(plan)));
    for (const replica of this.#inOrder().toReversed()) {
      if (replica.ordinal >= Math.max(target.length, this.#reserved) && !signal.aborted) {
        await this.#takeAway(replica);
      }
    }
    // Then the others one after the other, those first that serve nobody anyway.
    const running = this.#wanted(target).toSorted(
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
      // Where it failed, whoever waits finds the replica as it is; the pass hears of the failure.
      removal.catch(() => false),
    );
    try {
      await removal;
    } finally {
      this.#removals.delete(ordinal);
    }
  }

  #wanted(target: Target): { readonly replica: Replica; readonly plan: LaunchPlan }[] {
    return target.flatMap((plan, ordinal) => {
      const replica = this.#replicas.get(ordinal);
      return replica === undefined ? [] : [{ replica, plan }];
    });
  }

  /**
   * Until all that run as they should are ready, or the deadline: a replica that never gets ready must
   * not keep the rest as they were.
   */
  async #untilOthersReady(target: Target, next: Replica, signal: AbortSignal): Promise<void> {
    const until = performance.now() + this.#options.timings.replaceMs;
    const isWaiting = (): boolean =>
      this.#wanted(target).some(
        ({ replica, plan }) =>
          replica !== next && replica.digest === plan.digest && !replica.isReady,
      );
    while (isWaiting() && !signal.aborted && performance.now() < until) {
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
