import type { MirrorStatus, RereadPartition } from '@quicksilver/contracts/mirror-api/contract';

import type { Owners } from '../route/owners.ts';
import type { HostedTopics } from './hosted-topics.ts';
import { printReports } from './peer-placement.ts';

/** What operators, clients and other replicas read about the topics of this replica. */
export interface HostingReport {
  readonly status: () => MirrorStatus;
  /** The JSON of the placement reports for other replicas. */
  readonly placement: () => string;
  /** Poison records of the topic, or of all topics, the oldest first. */
  readonly poison: (topic?: string) => readonly object[];
  /** Reads the poison records of the topic again, of the partitions that have any. */
  readonly retryPoison: (topic: string) => Promise<readonly RereadPartition[]>;
  /** Records without a range, oldest first. */
  readonly unindexed: () => readonly object[];
  /** Records whose value does not have the type of their topic, oldest first. */
  readonly nonconforming: () => readonly object[];
}

export function hostingReport(topics: HostedTopics, owners: Owners): HostingReport {
  return {
    status: () => ({ ordinal: owners.ordinal, replicas: owners.replicas, topics: topics.status() }),
    placement: () => printReports(topics.reports()),
    poison: (topic) => topics.poison(topic),
    retryPoison: (topic) => topics.retryPoison(topic),
    unindexed: () => topics.unindexed(),
    nonconforming: () => topics.nonconforming(),
  };
}
