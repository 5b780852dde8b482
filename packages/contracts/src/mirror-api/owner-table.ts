import { z } from 'zod';

import { AppError } from '@quicksilver/common/errors/app-error';
import { withDeadline } from '@quicksilver/common/flow/deadline';
import { MIXED_HEADER, partitionsPath, type PartitionOwners } from './contract.ts';
import { answerError, badAnswer, noAnswerError, noMirrorError } from './mirror-error.ts';
import type { MirrorHttp } from './mirror-http.ts';

export interface OwnerTableOptions {
  readonly http: MirrorHttp;
  /** Origins of the mirror of a topic, tried in turn until one responds. */
  readonly originsOf: (topic: string) => readonly string[];
  /** Maximum milliseconds to fetch a table. */
  readonly timeoutMs: number;
}

interface Table {
  readonly owners: PartitionOwners;
  /** Whether the topic is mixed. */
  readonly isMixed: boolean;
}

interface CachedTable extends Table {
  readonly sinceMs: number;
}

/** Minimum interval of background refreshes, because replicas may report old tables without end. */
const REFRESH_EVERY_MS = 1_000;

const ownersForm = z.record(
  z.string().regex(/^\d{1,6}$/),
  z.array(z.string().regex(/^(?:[^\s:/@?#]+|\[[\da-fA-F:.]+\]):\d{1,5}$/)),
);

/**
 * The owners of each partition, fetched from a topic's mirror and cached until a replica reports
 * that they are out of date. Concurrent callers share one request per topic.
 */
export class OwnerTable {
  readonly #options: OwnerTableOptions;
  readonly #tables = new Map<string, CachedTable>();
  readonly #loading = new Map<string, Promise<Table>>();

  constructor(options: OwnerTableOptions) {
    this.#options = options;
  }

  /** The cached table, or a table that is fetched within `waitMs`. Throws `AppError`. */
  async ownersOf(topic: string, waitMs: number): Promise<PartitionOwners> {
    return this.#tables.get(topic)?.owners ?? this.refreshed(topic, waitMs);
  }

  /** Fetches the table, or joins a fetch in flight. Throws `AppError`. */
  async refreshed(topic: string, waitMs: number): Promise<PartitionOwners> {
    const { owners } = await this.#loadWithin(topic, waitMs);
    return owners;
  }

  /** Fetches whether the topic is mixed. Throws `AppError`. */
  async isMixed(topic: string, waitMs: number): Promise<boolean> {
    const { isMixed } = await this.#loadWithin(topic, waitMs);
    return isMixed;
  }

  /** A replica reported that the table is old, so it is fetched in the background. */
  noticeOld(topic: string): void {
    const table = this.#tables.get(topic);
    if (table !== undefined && performance.now() - table.sinceMs > REFRESH_EVERY_MS) {
      // The next caller gets the failure, if it lasts.
      this.#load(topic).catch(ignoreBackground);
    }
  }

  /** The next caller fetches again. A response in flight is only for its own callers. */
  forget(topic: string): void {
    this.#tables.delete(topic);
    this.#loading.delete(topic);
  }

  #loadWithin(topic: string, waitMs: number): Promise<Table> {
    return withDeadline(
      this.#load(topic),
      Math.max(1, waitMs),
      'UPSTREAM_TIMEOUT',
      `The mirror of topic ${topic} did not return the owners of its partitions in time.`,
    );
  }

  #load(topic: string): Promise<Table> {
    const underway = this.#loading.get(topic);
    if (underway !== undefined) {
      return underway;
    }
    const isCurrent = (): boolean => this.#loading.get(topic) === loading;
    const loading = this.#fetch(topic)
      .then((table) => {
        if (isCurrent()) {
          this.#tables.set(topic, { ...table, sinceMs: performance.now() });
        }
        return table;
      })
      .finally(() => isCurrent() && this.#loading.delete(topic));
    this.#loading.set(topic, loading);
    return loading;
  }

  async #fetch(topic: string): Promise<Table> {
    const origins = this.#options.originsOf(topic);
    let failure = noMirrorError(topic);
    for (const origin of origins) {
      const outcome = await this.#ask(topic, origin, this.#options.timeoutMs / origins.length);
      if (!(outcome instanceof AppError)) {
        return outcome;
      }
      failure = outcome;
    }
    throw failure;
  }

  async #ask(topic: string, origin: string, timeoutMs: number): Promise<Table | AppError> {
    const path = partitionsPath(topic);
    const reply = await this.#options.http.send({ origin, method: 'GET', path, timeoutMs });
    if (!reply.ok) {
      return noAnswerError(topic, reply.reason, reply.detail);
    }
    const { status, headers, body } = reply.answer;
    if (status !== 200) {
      return answerError(topic, reply.answer);
    }
    const owners = parseOwners(topic, body);
    return owners instanceof AppError
      ? owners
      : { owners, isMixed: headers[MIXED_HEADER] === '?1' };
  }
}

function parseOwners(topic: string, body: string): PartitionOwners | AppError {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return new AppError('UPSTREAM_BAD_RESPONSE', `The partitions of topic ${topic} are not JSON.`, {
      cause: error,
    });
  }
  const read = ownersForm.safeParse(json);
  return read.success
    ? read.data
    : badAnswer(topic, 'its partitions are not a table of host:port lists.');
}

function ignoreBackground(): void {
  // This refresh has no caller. The next caller repeats it.
}
