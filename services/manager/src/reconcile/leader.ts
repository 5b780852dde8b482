import { Listeners } from '@quicksilver/common/flow/listeners';
import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
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
  /** Unique among all running managers. */
  readonly id: string;
  /** Milliseconds after which a lease that is not renewed is free. */
  readonly ttlMs: number;
  readonly log: Log;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Elects the manager that acts. The lease is an entity of the resource log. Its holder renews it
 * with optimistic versions. Clocks are never compared: each manager measures by itself how long it
 * has seen no renewal. The holder stops acting well before another manager can take over. Steps are
 * idempotent, so two managers that act at the same moment do no harm.
 */
export class Leader implements Part {
  readonly name = 'leader';
  readonly #options: LeaderOptions;
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  readonly #changes = new Listeners<[isLeader: boolean]>();
  #running: Promise<void> = Promise.resolve();
  #unlisten: (() => void) | undefined;
  /** When this manager last read a record of the lease. */
  #seenAt: number;
  /** Until when this manager may act. In the past if it must not act. */
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

  /** The last holder of the lease. */
  get holder(): string | undefined {
    return leaseBody.safeParse(this.#options.resources.versioned(LEASE).body).data?.holder;
  }

  /**
   * Calls back when this manager starts or stops leading. The returned function removes the
   * listener.
   */
  onChange(listener: (isLeader: boolean) => void): () => void {
    return this.#changes.add(listener);
  }

  start(context: PartContext): Promise<void> {
    this.#unlisten = this.#options.resources.onChange((entity) => {
      if (entity === LEASE) {
        this.#seenAt = this.#now();
      }
    });
    this.#running = this.#keep().catch(context.fail);
    return Promise.resolve();
  }

  /** Releases the lease, so that another manager does not wait for it to expire. */
  async stop(): Promise<void> {
    const wasLeader = this.isLeader;
    this.#stopping.abort();
    this.#notify();
    await this.#running;
    this.#unlisten?.();
    if (wasLeader) {
      const base = this.#options.resources.versioned(LEASE).version;
      await this.#options.resources
        .write([{ entity: LEASE, base, body: null }])
        .catch((error: unknown) => {
          this.#options.log.debug({ err: error }, 'failed to release the lease');
        });
    }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // Nothing can be decided before the log is read. The first turn follows right after that.
      const isBehind = !this.#options.resources.isCaughtUp;
      try {
        await this.#turn();
      } catch (error) {
        const why = describeError(error);
        this.#options.log.warn({ why }, 'failed to write the manager lease; retrying');
      }
      this.#notify();
      await pause(isBehind ? LOOK_AGAIN_MS : this.#options.ttlMs / 6, signal);
      this.#notify();
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
    const isHolder = holder === id;
    const isFree = holder === undefined || now - this.#seenAt > ttlMs;
    const isDue = isHolder && this.#until - now < ttlMs / 3;
    if (isDue || (isFree && !isHolder)) {
      const body = { holder: id };
      const [won] = await resources.write([{ entity: LEASE, base: version, body }]);
      // Measured from before the write. Other managers measure from when they read it, which is
      // later.
      this.#until = won === true ? now + (ttlMs * 2) / 3 : Number.NEGATIVE_INFINITY;
    } else if (!isHolder) {
      this.#until = Number.NEGATIVE_INFINITY;
    }
  }

  #notify(): void {
    const { isLeader } = this;
    if (isLeader === this.#wasLeader) {
      return;
    }
    this.#wasLeader = isLeader;
    this.#options.log.info({ isLeader }, isLeader ? 'this manager leads' : 'another manager leads');
    this.#changes.notify(isLeader);
  }
}
