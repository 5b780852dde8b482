import type { MirrorStatus, RereadPartition } from '@quicksilver/contracts/mirror-api/contract';

import type { QueryService } from '../query/query-service.ts';
import type { TopicSizes } from '../query/topic-sizes.ts';
import type { TopicViews } from '../query/topic-views.ts';
import type { RemoteReads } from '../read/remote-reads.ts';

/** What the routes use. */
export interface RouteNeeds {
  readonly topics: TopicViews;
  readonly queries: QueryService;
  readonly sizes: Pick<TopicSizes, 'of'>;
  readonly remote: RemoteReads;
  /** `host:port` of the owners of a partition, the first owner first. */
  readonly ownersOf: (partition: number) => readonly string[];
  readonly status: () => MirrorStatus;
  /** The JSON of the placement reports for other replicas. */
  readonly placement: () => string;
  /** Poison records of the topic, or of all topics, the oldest first. */
  readonly poison: (topic?: string) => readonly object[];
  /** Reads the poison records of the topic again, of the partitions that have any. */
  readonly retryPoison: (topic: string) => Promise<readonly RereadPartition[]>;
  /** Records without a range, oldest first. */
  readonly unindexed: () => readonly object[];
  /** The last records whose values do not have the type of their topic. */
  readonly nonconforming: () => readonly object[];
  /** Called for every response, for metrics. */
  readonly onAnswer: (kind: AnswerKind, status: number, seconds: number) => void;
}

export type AnswerKind = 'key' | 'batch' | 'list' | 'range' | 'other';
