import { z } from 'zod';

import { AppError } from '../errors/app-error.ts';
import { withDeadline } from '../flow/deadline.ts';
import { partitionsPath, type PartitionOwners } from './contract.ts';
import { answerError, badAnswer, noAnswerError } from './mirror-error.ts';
import type { MirrorHttp } from './mirror-http.ts';

export interface OwnerTableOptions {
  readonly http: MirrorHttp;
  /** Origin of the mirror of a topic. */
  readonly originOf: (topic: string) => string;
  /** Milliseconds that fetching a table may take. */
  readonly timeoutMs: number;
}

interface Known {
  readonly owners: PartitionOwners;
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
  readonly #loading = new Map<string, Promise<PartitionOwners>>();

  constructor(options: OwnerTableOptions) {
    this.#options = options;
  }

  /** The table as known, or fetched within `waitMs`. Throws `AppError`. */
  async ownersOf(topic: string, waitMs: number): Promise<PartitionOwners> {
    return this.#known.get(topic)?.owners ?? this.refreshed(topic, waitMs);
  }

  /** Fetched now, or together with those who wait for it already. Throws `AppError`. */
  async refreshed(topic: string, waitMs: number): Promise<PartitionOwners> {
    return withDeadline(
      this.#load(topic),
      Math.max(1, waitMs),
      'UPSTREAM_TIMEOUT',
      `The mirror of topic ${topic} did not say in time who owns its partitions.`,
    );
  }

  /** A replica said that the table is old: it is fetched in the background. */
  noticeOld(topic: string): void {
    const known = this.#known.get(topic);
    if (known !== undefined && performance.now() - known.sinceMs > REFRESH_EVERY_MS) {
      // Whoever needs it next meets the failure, if it lasts.
      this.#load(topic).catch(ignoreBackground);
    }
  }

  #load(topic: string): Promise<PartitionOwners> {
    const underway = this.#loading.get(topic);
    if (underway !== undefined) {
      return underway;
    }
    const loading = this.#fetch(topic).finally(() => this.#loading.delete(topic));
    this.#loading.set(topic, loading);
    return loading;
  }

  async #fetch(topic: string): Promise<PartitionOwners> {
    const { http, originOf, timeoutMs } = this.#options;
    const origin = originOf(topic);
    const reply = await http.send({
      origin,
      method: 'GET',
      path: partitionsPath(topic),
      timeoutMs,
    });
    if (!reply.ok) {
      throw noAnswerError(topic, reply.reason, reply.detail);
    }
    if (reply.answer.status !== 200) {
      throw answerError(topic, reply.answer);
    }
    const owners = parseOwners(topic, reply.answer.body);
    this.#known.set(topic, { owners, sinceMs: performance.now() });
    return owners;
  }
}

function parseOwners(topic: string, body: string): PartitionOwners {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    throw new AppError('UPSTREAM_BAD_RESPONSE', `The partitions of topic ${topic} are not JSON.`, {
      cause: error,
    });
  }
  const read = ownersForm.safeParse(json);
  if (!read.success) {
    throw badAnswer(topic, 'its partitions are not a table of host:port lists.');
  }
  return read.data;
}

function ignoreBackground(): void {
  // Nobody waits for this refresh; the next caller who needs it repeats it.
}
