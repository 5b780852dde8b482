import { Redis } from 'ioredis';

import type { Secret } from '../config/secret.ts';
import { describeError } from '../errors/describe.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part } from '../lifecycle/part.ts';
import type { Claim, SharedMemory } from './shared-memory.ts';

export interface SharedCacheOptions {
  /** `redis://…` or `rediss://…`; it may hold a password. */
  readonly url: Secret;
  /** Milliseconds that one command may take. */
  readonly timeoutMs: number;
  /** Put before every key. */
  readonly prefix: string;
  readonly log: Log;
}

/** After a command that failed, Redis is not asked for so long: a Redis that hangs costs little then. */
const REST_MS = 1_000;
const RECONNECT_MS_MAX = 2_000;

/** A memory in Redis. While Redis is away that is said once, and every claim answers `away`. */
export class SharedCache implements Part, SharedMemory {
  readonly name = 'shared cache';
  readonly #options: SharedCacheOptions;
  readonly #redis: Redis;
  #isAway = false;
  #restsUntilMs = 0;

  constructor(options: SharedCacheOptions) {
    this.#options = options;
    const { url, timeoutMs, prefix } = options;
    this.#redis = new Redis(url.reveal(), {
      keyPrefix: prefix,
      lazyConnect: true,
      commandTimeout: timeoutMs,
      connectTimeout: Math.max(1_000, timeoutMs),
      // Nothing waits for a connection, and nothing is done later than it was asked for.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(RECONNECT_MS_MAX, 50 * 2 ** Math.min(attempt, 6)),
    });
    this.#redis.on('error', this.#failed);
    this.#redis.on('ready', this.#succeeded);
  }

  /** True from a failure until Redis answers again. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Does not wait for Redis: the service is of use without it. */
  start(): Promise<void> {
    this.#redis.connect().catch(this.#failed);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#redis.off('error', this.#failed).on('error', () => {});
    this.#redis.disconnect();
    return Promise.resolve();
  }

  async claim(key: string, value: string, ttlMs: number): Promise<Claim> {
    const claimed = await this.#try(async () => {
      const isOurs = (await this.#redis.set(key, value, 'PX', ttlMs, 'NX')) === 'OK';
      return isOurs ? null : await this.#redis.get(key);
    });
    if (claimed === undefined) {
      return { is: 'away' };
    }
    return claimed === null ? { is: 'ours' } : { is: 'taken', value: claimed };
  }

  async put(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#try(() => this.#redis.set(key, value, 'PX', ttlMs));
  }

  async drop(key: string): Promise<void> {
    await this.#try(() => this.#redis.del(key));
  }

  /** Undefined where Redis does not do it. */
  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.#restsUntilMs) {
      return undefined;
    }
    try {
      const done = await work();
      this.#succeeded();
      return done;
    } catch (error) {
      this.#restsUntilMs = performance.now() + REST_MS;
      this.#failed(error);
      return undefined;
    }
  }

  readonly #failed = (error: unknown): void => {
    if (!this.#isAway) {
      this.#isAway = true;
      this.#options.log.warn(
        { problem: describeError(error) },
        'Redis cannot be used: this process goes on with its own memory',
      );
    }
  };

  readonly #succeeded = (): void => {
    this.#restsUntilMs = 0;
    if (this.#isAway) {
      this.#isAway = false;
      this.#options.log.info({}, 'Redis can be used again');
    }
  };
}
