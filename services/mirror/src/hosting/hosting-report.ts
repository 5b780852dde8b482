import type { MirrorStatus, RereadPartition } from '@quicksilver/contracts/mirror-api/contract';

import { TopicSizes } from '../query/topic-sizes.ts';
import type { Owners } from '../route/owners.ts';
import { storeDirectory } from '../store/open-topic-store.ts';
import type { HostedTopics } from './hosted-topics.ts';
import { printReports } from './peer-placement.ts';

/** What operators, clients and other replicas read about the topics of this replica. */
export interface HostingReport {
  readonly status: () => MirrorStatus;
  /** The JSON of the placement reports for other replicas. */
  readonly placement: () => string;
  readonly sizes: TopicSizes;
  /** Poison records of the topic, or of all topics, the oldest first. */
  readonly poison: (topic?: string) => readonly object[];
  /** Reads the poison records of the topic again, of the partitions that have any. */
  readonly retryPoison: (topic: string) => Promise<readonly RereadPartition[]>;
  /** Records without a range, oldest first. */
  readonly unindexed: () => readonly object[];
  /** Records whose value does not have the type of their topic, oldest first. */
  readonly nonconforming: () => readonly object[];
}

/** @param root The directory of all stores. */
export function hostingReport(topics: HostedTopics, owners: Owners, root: string): HostingReport {
  return {
    sizes: new TopicSizes((topic) => storeDirectory(root, topic)),
    status: () => ({ ordinal: owners.ordinal, replicas: owners.replicas, topics: topics.status() }),
    placement: () => printReports(topics.reports()),
    poison: (topic) => topics.poison(topic),
    retryPoison: (topic) => topics.retryPoison(topic),
    unindexed: () => topics.unindexed(),
    nonconforming: () => topics.nonconforming(),
  };
}
