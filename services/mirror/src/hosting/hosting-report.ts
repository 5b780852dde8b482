import type { MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';

import type { Owners } from '../route/owners.ts';
import type { HostedTopics } from './hosted-topics.ts';
import { printReports } from './peer-placement.ts';

/** What operators, clients and other replicas read about the topics of this replica. */
export interface HostingReport {
  readonly status: () => MirrorStatus;
  /** What other replicas have to know of the partitions here, as JSON. */
  readonly places: () => string;
  /** Records that were passed over, oldest first. */
  readonly poison: () => readonly object[];
  /** Records that stand in no range, oldest first. */
  readonly unindexed: () => readonly object[];
}

export function hostingReport(topics: HostedTopics, owners: Owners): HostingReport {
  return {
    status: () => ({ ordinal: owners.ordinal, replicas: owners.replicas, topics: topics.status() }),
    places: () => printReports(topics.reports()),
    poison: () => topics.poison(),
    unindexed: () => topics.unindexed(),
  };
}
