import {
  CACHE_UPDATE_HEADER,
  LAG_HEADER,
  MIXED_HEADER,
  POSITION_HEADER,
  SKIPPED_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import { printPosition } from '@quicksilver/contracts/mirror-api/position-token';
import type { FastifyReply } from 'fastify';

import type { TopicView } from '../query/topic-view.ts';
import type { Freshness } from '../read/freshness.ts';
import type { OwnedPartition } from '../read/read-scope.ts';

/** How fresh a response of one partition is. */
export function setPartitionFreshness(reply: FastifyReply, partition: OwnedPartition): void {
  const position = positionOf(partition);
  if (position !== undefined) {
    reply.header(POSITION_HEADER, position);
  }
  reply.header(LAG_HEADER, lagOf(partition));
}

export function setFreshness(reply: FastifyReply, freshness: Freshness): void {
  const { position, lagRecords, wasForwarded, skipped } = freshness;
  if (position !== undefined) {
    reply.header(POSITION_HEADER, printPosition(position));
  }
  reply.header(LAG_HEADER, String(lagRecords));
  if (skipped.length > 0) {
    reply.header(SKIPPED_HEADER, skipped.join(','));
  }
  if (wasForwarded) {
    reply.header(CACHE_UPDATE_HEADER, '?1');
  }
}

/** Whether the topic is mixed. If it is not, only some clients have to know. */
export function setMixed(reply: FastifyReply, { placement }: TopicView, isAlways = false): void {
  if (placement.isMixed || isAlways) {
    reply.header(MIXED_HEADER, placement.isMixed ? '?1' : '?0');
  }
}

/**
 * The text of `printPosition`, without the map that it takes. Undefined before the first record.
 */
export function positionOf(owned: OwnedPartition): string | undefined {
  const { partition, nextOffset, topicId } = owned;
  return nextOffset > 0n && topicId !== undefined
    ? `${partition}:${nextOffset - 1n}@${topicId}`
    : undefined;
}

export function lagOf({ nextOffset, endOffset }: OwnedPartition): string {
  return endOffset > nextOffset ? String(endOffset - nextOffset) : '0';
}
