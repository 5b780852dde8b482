import { setImmediate as turn } from 'node:timers/promises';

import { Redis } from 'ioredis';

import type { Secret } from '../config/secret.ts';
import { describeError } from '../errors/describe.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part } from '../lifecycle/part.ts';
import type { Claim, SharedMemory } from './shared-memory.ts';

export interface SharedCacheOptions {
  /** `redis://…` or `rediss://…`. It may contain a password. */
  readonly url: Secret;
  /** Timeout of one command in milliseconds. */
  readonly timeoutMs: number;
  readonly prefix: string;
  readonly log: Log;
}

/**
 * After this many failures in a row, commands are skipped for a while. A Redis that hangs then
 * costs little.
 */
const FAILURES_MAX = 3;
const REST_MS = 1_000;
/** After this time without data the client reconnects. */
const SILENT_MS = 5_000;
const RECONNECT_MS_MAX = 2_000;

/**
 * A shared cache in Redis. If Redis is away, this is logged once, and every claim returns `away`.
 */
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
      // Commands do not wait for a connection, and are not sent late.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(RECONNECT_MS_MAX, 50 * 2 ** Math.min(attempt, 6)),
    });
    this.#redis.on('error', this.#failed);
    this.#redis.on('ready', this.#succeeded);
  }

  /** True from a failure until the next success. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Does not wait for Redis, because the service also works without it. */
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

  /** Undefined if Redis fails or is skipped. */
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

  /**
   * The deadline measures the time of Redis, not of a busy event loop: a response that has already
   * arrived is read first.
   */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      void turn().then(() => late.reject(new Error(`no response within ${timeoutMs} ms`)));
    }, timeoutMs);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
      // A late rejection is ignored.
      work.catch(() => {});
      late.promise.catch(() => {});
    }
  }

  readonly #failed = (error: unknown): void => {
    if (!this.#isAway) {
      this.#isAway = true;
      this.#options.log.warn(
        { problem: describeError(error) },
        'Redis is unavailable: this process continues with its local cache',
      );
    }
  };

  readonly #succeeded = (): void => {
    this.#failures = 0;
    this.#restsUntilMs = 0;
    if (this.#isAway) {
      this.#isAway = false;
      this.#options.log.info({}, 'Redis is available again');
    }
  };
}
