import { z } from 'zod';

import { AppError } from '@quicksilver/common/errors/app-error';
import { withDeadline } from '@quicksilver/common/flow/deadline';
import { MIXED_HEADER, partitionsPath, type PartitionOwners } from './contract.ts';
import { answerError, badAnswer, noAnswerError, noMirrorError } from './mirror-error.ts';
import type { MirrorHttp } from './mirror-http.ts';

export interface OwnerTableOptions {
  readonly http: MirrorHttp;
  /** Origins of the mirror of a topic, asked in turn until one answers. */
  readonly originsOf: (topic: string) => readonly string[];
  /** Milliseconds that fetching a table may take. */
  readonly timeoutMs: number;
}

interface Table {
  readonly owners: PartitionOwners;
  /** Whether the topic is mixed. */
  readonly isMixed: boolean;
}

interface Known extends Table {
  readonly sinceMs: number;
}

/** A refresh that nobody waits for comes at most this often: replicas may report without end. */
const REFRESH_EVERY_MS = 1_000;

const ownersForm = z.record(
  z.string().regex(/^\d{1,6}$/),
  z.array(z.string().regex(/^(?:[^\s:/@?#]+|\[[\da-fA-F:.]+\]):\d{1,5}$/)),
);

/**
 * Which replicas own which partition, learnt from a topic's mirror and kept until someone finds it
 * out of date. However many callers ask, one request per topic is in flight.
 */
export class OwnerTable {
  readonly #options: OwnerTableOptions;
  readonly #known = new Map<string, Known>();
  readonly #loading = new Map<string, Promise<Table>>();

  constructor(options: OwnerTableOptions) {
    this.#options = options;
  }

  /** The table as known, or fetched within `waitMs`. Throws `AppError`. */
  async ownersOf(topic: string, waitMs: number): Promise<PartitionOwners> {
    return this.#known.get(topic)?.owners ?? this.refreshed(topic, waitMs);
  }

  /** Fetched now, or together with those who wait for it already. Throws `AppError`. */
  async refreshed(topic: string, waitMs: number): Promise<PartitionOwners> {
    const { owners } = await this.#loadWithin(topic, waitMs);
    return owners;
  }

  /** Whether the topic is mixed, as its mirror says now. Throws `AppError`. */
  async isMixed(topic: string, waitMs: number): Promise<boolean> {
    const { isMixed } = await this.#loadWithin(topic, waitMs);
    return isMixed;
  }

  /** A replica said that the table is old: it is fetched in the background. */
  noticeOld(topic: string): void {
    const known = this.#known.get(topic);
    if (known !== undefined && performance.now() - known.sinceMs > REFRESH_EVERY_MS) {
      // Whoever needs it next meets the failure, if it lasts.
      this.#load(topic).catch(ignoreBackground);
    }
  }

  /** The next caller asks anew, and an answer that is under way is for its own callers only. */
  forget(topic: string): void {
    this.#known.delete(topic);
    this.#loading.delete(topic);
  }

  #loadWithin(topic: string, waitMs: number): Promise<Table> {
    return withDeadline(
      this.#load(topic),
      Math.max(1, waitMs),
      'UPSTREAM_TIMEOUT',
      `The mirror of topic ${topic} did not say in time who owns its partitions.`,
    );
  }

  #load(topic: string): Promise<Table> {
    const underway = this.#loading.get(topic);
    if (underway !== undefined) {
      return underway;
    }
    const isWanted = (): boolean => this.#loading.get(topic) === loading;
    const loading = this.#fetch(topic)
      .then((table) => {
        if (isWanted()) {
          this.#known.set(topic, { ...table, sinceMs: performance.now() });
        }
        return table;
      })
      .finally(() => isWanted() && this.#loading.delete(topic));
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
  // Nobody waits for this refresh; the next caller who needs it repeats it.
}
