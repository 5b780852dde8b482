import { setImmediate as turn } from 'node:timers/promises';

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

/** After so many commands in a row that failed, Redis is not asked for a while: one that hangs costs little then. */
const FAILURES_MAX = 3;
const REST_MS = 1_000;
/** A connection that brings nothing for so long is made anew. */
const SILENT_MS = 5_000;
const RECONNECT_MS_MAX = 2_000;

/** A memory in Redis. While Redis is away that is said once, and every claim answers `away`. */
export class SharedCache implements Part, SharedMemory {
  readonly name = 'shared cache';
  readonly #options: SharedCacheOptions;
  readonly #redis: Redis;
  #isAway = false;
  #failures = 0;
  #restsUntilMs = 0;

  constructor(options: SharedCacheOptions) {
    this.#options = options;
    const { url, timeoutMs, prefix } = options;
    this.#redis = new Redis(url.reveal(), {
      keyPrefix: prefix,
      lazyConnect: true,
      socketTimeout: SILENT_MS,
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

  async get(key: string): Promise<string | undefined> {
    return (await this.#try(() => this.#redis.get(key))) ?? undefined;
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
      const done = await this.#inTime(work());
      this.#succeeded();
      return done;
    } catch (error) {
      this.#failures += 1;
      this.#restsUntilMs = this.#failures < FAILURES_MAX ? 0 : performance.now() + REST_MS;
      this.#failed(error);
      return undefined;
    }
  }

  /** A deadline that counts Redis's time and not ours: what has arrived by then is read first. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      void turn().then(() => late.reject(new Error(`no answer within ${timeoutMs} ms`)));
    }, timeoutMs);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
      // Whoever lost the race is not heard any more.
      work.catch(() => {});
      late.promise.catch(() => {});
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
    this.#failures = 0;
    this.#restsUntilMs = 0;
    if (this.#isAway) {
      this.#isAway = false;
      this.#options.log.info({}, 'Redis can be used again');
    }
  };
}
