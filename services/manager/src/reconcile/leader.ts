import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import { z } from 'zod';

import type { Versioned } from '../state/fold.ts';
import type { Change } from '../state/resource-log.ts';

export const LEASE = 'lease/manager';

const LOOK_AGAIN_MS = 20;

const leaseBody = z.object({ holder: z.string() });

/** The part of the resource log that a lease needs. */
export interface LeaseLog {
  readonly isCaughtUp: boolean;
  versioned(entity: string): Versioned;
  onChange(listener: (entity: string) => void): () => void;
  write(changes: readonly Change[]): Promise<readonly boolean[]>;
}

export interface LeaderOptions {
  readonly resources: LeaseLog;
  /** Of this manager, and of no other one that runs. */
  readonly id: string;
  /** A lease that nobody renews is free after so long. */
  readonly ttlMs: number;
  readonly log: Log;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Which of the managers acts. The lease is an entity of the resource log, renewed by its holder with
 * optimistic versions. Nobody compares clocks: each manager counts on its own how long it has seen
 * no renewal, and the holder stops acting well before another one can have counted to the end. Steps
 * are idempotent all the same, so two that act for a moment do no harm.
 */
export class Leader implements Part {
  readonly name = 'leader';
  readonly #options: LeaderOptions;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(isLeader: boolean) => void>();
  #running: Promise<void> = Promise.resolve();
  #unlisten: (() => void) | undefined;
  /** When the last record of the lease was read here. */
  #seenAt: number;
  /** Until when this manager may act; in the past where it must not. */
  #until = Number.NEGATIVE_INFINITY;
  #wasLeader = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
    this.#seenAt = this.#now();
  }

  get isLeader(): boolean {
    return this.#now() < this.#until && !this.#stopping.signal.aborted;
  }

  /** Who held the lease last. */
  get holder(): string | undefined {
    return leaseBody.safeParse(this.#options.resources.versioned(LEASE).body).data?.holder;
  }

  /** Calls back when this manager begins or ends to lead; the returned function ends that. */
  onChange(listener: (isLeader: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  start(run: Run): Promise<void> {
    this.#unlisten = this.#options.resources.onChange((entity) => {
      if (entity === LEASE) {
        this.#seenAt = this.#now();
      }
    });
    this.#running = this.#keep().catch(run.fail);
    return Promise.resolve();
  }

  /** Gives the lease back, so that another manager need not wait for its end. */
  async stop(): Promise<void> {
    const wasLeader = this.isLeader;
    this.#stopping.abort();
    this.#tell();
    await this.#running;
    this.#unlisten?.();
    if (wasLeader) {
      const base = this.#options.resources.versioned(LEASE).version;
      await this.#options.resources
        .write([{ entity: LEASE, base, body: null }])
        .catch((error: unknown) => {
          this.#options.log.debug({ err: error }, 'the lease could not be given back');
        });
    }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // Until the log was read nothing can be decided, and with it the first turn comes at once.
      const isBlind = !this.#options.resources.isCaughtUp;
      try {
        await this.#turn();
      } catch (error) {
        const why = describeError(error);
        this.#options.log.warn({ why }, 'the lease of the manager could not be written');
      }
      this.#tell();
      await pause(isBlind ? LOOK_AGAIN_MS : this.#options.ttlMs / 6, signal);
      this.#tell();
    }
  }

  async #turn(): Promise<void> {
    const { resources, id, ttlMs } = this.#options;
    if (!resources.isCaughtUp) {
      return;
    }
    const now = this.#now();
    const { version } = resources.versioned(LEASE);
    const { holder } = this;
    const isOwn = holder === id;
    const isFree = holder === undefined || now - this.#seenAt > ttlMs;
    const isDue = isOwn && this.#until - now < ttlMs / 3;
    if (isDue || (isFree && !isOwn)) {
      const body = { holder: id };
      const [won] = await resources.write([{ entity: LEASE, base: version, body }]);
      // Counted from before the write: others count from when they have read it, which is later.
      this.#until = won === true ? now + (ttlMs * 2) / 3 : Number.NEGATIVE_INFINITY;
    } else if (!isOwn) {
      this.#until = Number.NEGATIVE_INFINITY;
    }
  }

  #tell(): void {
    const { isLeader } = this;
    if (isLeader === this.#wasLeader) {
      return;
    }
    this.#wasLeader = isLeader;
    this.#options.log.info({ isLeader }, isLeader ? 'this manager leads' : 'another manager leads');
    for (const listener of this.#listeners) {
      listener(isLeader);
    }
  }
}
