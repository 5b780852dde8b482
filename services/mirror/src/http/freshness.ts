import {
  CACHE_UPDATE_HEADER,
  LAG_HEADER,
  MIXED_HEADER,
  POSITION_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import { parsePosition, printPosition } from '@quicksilver/contracts/mirror-api/position-token';
import type { FastifyReply } from 'fastify';

import type { ForwardAnswer } from '../read/forward.ts';
import type { TopicView } from '../query/topic-view.ts';

type Partition = NonNullable<ReturnType<TopicView['owned']>>;

/** How fresh an answer of one partition is. */
export function setFreshness(reply: FastifyReply, partition: Partition): void {
  const position = positionOf(partition);
  if (position !== undefined) {
    reply.header(POSITION_HEADER, position);
  }
  reply.header(LAG_HEADER, lagOf(partition));
}

/** Says that the topic is mixed; that it is not only if the client has to know. */
export function setMixed(reply: FastifyReply, { placement }: TopicView, isAlways = false): void {
  if (placement.isMixed || isAlways) {
    reply.header(MIXED_HEADER, placement.isMixed ? '?1' : '?0');
  }
}

/** The form of `printPosition`, without the map that it takes; undefined before the first record. */
export function positionOf({ partition, nextOffset, topicId }: Partition): string | undefined {
  return nextOffset > 0n && topicId !== undefined
    ? `${partition}:${nextOffset - 1n}@${topicId}`
    : undefined;
}

export function lagOf({ nextOffset, endOffset }: Partition): string {
  return endOffset > nextOffset ? String(endOffset - nextOffset) : '0';
}

/** How fresh an answer is, gathered over the partitions that it came from. */
export class Freshness {
  readonly #offsets = new Map<number, bigint>();
  #topicId: string | undefined;
  #lagRecords = 0n;
  #wasForwarded = false;

  addPartition(partition: Partition): void {
    if (partition.nextOffset > 0n) {
      this.#offsets.set(partition.partition, partition.nextOffset - 1n);
    }
    this.#topicId ??= partition.topicId;
    this.#addLag(partition.endOffset - partition.nextOffset);
  }

  /** What another replica said about its part, since the client asked the wrong one. */
  addForwarded(answer: ForwardAnswer): void {
    this.#wasForwarded = true;
    this.addAsked(answer);
  }

  /** What another replica said about its part. */
  addAsked({ headers }: ForwardAnswer): void {
    const position = headers[POSITION_HEADER];
    if (typeof position === 'string') {
      const { offsets, topicId } = parsePosition(position);
      for (const [partition, offset] of offsets) {
        this.#offsets.set(partition, offset);
      }
      this.#topicId ??= topicId;
    }
    const lag = headers[LAG_HEADER];
    if (typeof lag === 'string' && /^\d{1,19}$/.test(lag)) {
      this.#addLag(BigInt(lag));
    }
  }

  setHeaders(reply: FastifyReply): void {
    if (this.#offsets.size > 0) {
      const topicId = this.#topicId;
      const position = { offsets: this.#offsets, ...(topicId === undefined ? {} : { topicId }) };
      reply.header(POSITION_HEADER, printPosition(position));
    }
    reply.header(LAG_HEADER, String(this.#lagRecords));
    if (this.#wasForwarded) {
      reply.header(CACHE_UPDATE_HEADER, '?1');
    }
  }

  /** Of several partitions the one that is behind most counts. */
  #addLag(records: bigint): void {
    if (records > this.#lagRecords) {
      this.#lagRecords = records;
    }
  }
}
