import type { MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';

import type { Forward } from '../read/forward.ts';
import type { QueryService } from '../query/query-service.ts';
import type { TopicViews } from '../query/topic-views.ts';

/** What the routes reach. */
export interface RouteNeeds {
  readonly topics: TopicViews;
  readonly queries: QueryService;
  readonly forward: Forward;
  /** `host:port` of the owners of a partition, first one first. */
  readonly ownersOf: (partition: number) => readonly string[];
  readonly status: () => MirrorStatus;
  /** What other replicas have to know of the partitions here, as JSON. */
  readonly places: () => string;
  /** Records that were passed over, oldest first. */
  readonly poison: () => readonly object[];
  /** Records that stand in no range, oldest first. */
  readonly unindexed: () => readonly object[];
  /** The last records whose values do not have the type of their topic. */
  readonly nonconforming: () => readonly object[];
  /** Told of every answer: for metrics. */
  readonly onAnswer: (kind: AnswerKind, status: number, seconds: number) => void;
}

export type AnswerKind = 'key' | 'batch' | 'list' | 'range' | 'other';
