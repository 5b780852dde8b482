import type { Position } from '@quicksilver/contracts/mirror-api/position-token';

import type { QueryService } from '../query/query-service.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { RemotePartitions, RemoteReads } from './remote-reads.ts';

/** What every read of a topic needs. */
export interface ReadScope {
  readonly view: TopicView;
  readonly queries: QueryService;
  readonly remote: RemoteReads;
  /** `host:port` of the owners of a partition, the first owner first. */
  readonly ownersOf: (partition: number) => readonly string[];
  /** The position that the result must include. */
  readonly position: Position | undefined;
  /**
   * The number of partitions that the forwarding replica knows. Undefined if no replica has
   * forwarded the read.
   */
  readonly forwarderPartitions: number | undefined;
  /** Whether keys of a batch that cannot be read are marked, instead of failing the batch. */
  readonly marksUnreadable: boolean;
}

export type OwnedPartition = NonNullable<ReturnType<TopicView['owned']>>;

export function isForwarded({ forwarderPartitions }: ReadScope): boolean {
  return forwarderPartitions !== undefined;
}

export function remotePartitions(
  { view, position }: ReadScope,
  partitions: readonly number[],
): RemotePartitions {
  return { topic: view.topic, partitions, position };
}
