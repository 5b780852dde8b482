import type { Secret } from '@quicksilver/common/config/secret';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { MirrorHttp } from '@quicksilver/contracts/mirror-api/mirror-http';
import { z } from 'zod';

import type { Owners } from '../route/owners.ts';
import type { PeerReport } from './hosted-topics.ts';
import type { TopicReport } from './topic-placement.ts';

export interface PeerPlacementOptions {
  readonly owners: Pick<Owners, 'otherReplicas'>;
  readonly topics: {
    readonly hasUnknownPlacement: boolean;
    learnPlacement(reports: readonly PeerReport[]): void;
  };
  /** The key of the services; undefined if the replicas need none. */
  readonly peerKey: () => Secret | undefined;
  /** Milliseconds between two requests; 1,000 by default. */
  readonly everyMs?: number | undefined;
}

/** `GET /places`, the request of one replica to another about every second. */
export const PLACES_PATH = '/places';
const EVERY_MS = 1_000;
const TIMEOUT_MS = 2_000;
const ANSWER_BYTES_MAX = 16_777_216;

/** Requests the placement reports of all other replicas. */
export class PeerPlacement implements Part {
  readonly name = 'peer-placement';
  readonly #options: PeerPlacementOptions;
  readonly #http: MirrorHttp;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: PeerPlacementOptions) {
    this.#options = options;
    this.#http = new MirrorHttp({
      connectionsMax: 1,
      queuedMax: 4,
      answerBytesMax: ANSWER_BYTES_MAX,
      peerKey: options.peerKey,
    });
  }

  start(run: PartContext): Promise<void> {
    this.#running = this.#run(this.#stopping.signal);
    this.#running.catch(run.fail);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running.catch(() => {});
    await this.#http.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { owners, topics, everyMs = EVERY_MS } = this.#options;
    // More often while lookups need a report that is missing.
    const backoff = new Backoff({ firstMs: 50, maxMs: everyMs });
    while (!signal.aborted) {
      const reports = await Promise.all(
        owners.otherReplicas().map((peer) => this.#ask(peer, signal)),
      );
      topics.learnPlacement(reports.filter((report) => report !== undefined));
      if (!topics.hasUnknownPlacement) {
        backoff.reset();
      }
      await pause(topics.hasUnknownPlacement ? backoff.next() : everyMs, signal);
    }
  }

  /** Undefined if the replica does not respond. Then its last report stays valid. */
  async #ask(
    { ordinal, address }: { readonly ordinal: number; readonly address: string },
    signal: AbortSignal,
  ): Promise<PeerReport | undefined> {
    const reply = await this.#http.send({
      origin: `http://${address}`,
      method: 'GET',
      path: PLACES_PATH,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (!reply.ok) {
      return undefined;
    }
    if (reply.answer.status === 404) {
      return { ordinal, topics: undefined };
    }
    const topics = reply.answer.status === 200 ? parseReports(reply.answer.body) : undefined;
    return topics && { ordinal, topics };
  }
}

export function printReports(reports: ReadonlyMap<string, TopicReport>): string {
  return JSON.stringify(
    [...reports].map(([topic, { topicId, count, partitions }]) => ({
      topic,
      topicId: topicId ?? null,
      count,
      partitions: partitions.map(({ partition, state, nextOffset, misplacedFrom }) => [
        partition,
        state,
        String(nextOffset),
        misplacedFrom === undefined ? null : String(misplacedFrom),
      ]),
    })),
  );
}

const integer = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform((text) => BigInt(text));
const reportsForm = z.array(
  z.object({
    topic: z.string(),
    topicId: z.string().nullable(),
    count: z.int().min(1).optional(),
    partitions: z.array(
      z.tuple([
        z.int().min(0),
        z.enum(['unread', 'own', 'mixed']),
        integer,
        z.union([integer, z.null()]),
      ]),
    ),
  }),
);

/** Undefined if it is not what `printReports` printed. */
function parseReports(body: string): ReadonlyMap<string, TopicReport> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const read = reportsForm.safeParse(json);
  return read.success
    ? new Map(
        read.data.map(({ topic, topicId, count, partitions }) => [
          topic,
          {
            topicId: topicId ?? undefined,
            count,
            partitions: partitions.map(([partition, state, nextOffset, misplacedFrom]) => ({
              partition,
              state,
              nextOffset,
              misplacedFrom: misplacedFrom ?? undefined,
            })),
          },
        ]),
      )
    : undefined;
}
