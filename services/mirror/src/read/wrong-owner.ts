import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import { FORWARDED_HEADER } from '@quicksilver/contracts/mirror-api/contract';

import type { TopicView } from '../query/topic-view.ts';
import type { RouteNeeds } from '../http/route-needs.ts';

/**
 * For a request that was passed on already: passing it on again could go in circles. If the replica that
 * passed it on does not know of added partitions yet, it will in a moment.
 */
export function wrongOwner(
  needs: Pick<RouteNeeds, 'ownersOf'>,
  { topic, partitions }: Pick<TopicView, 'topic' | 'partitions'>,
  partition: number,
  headers: IncomingHttpHeaders,
): AppError {
  const known = Number(headers[FORWARDED_HEADER] ?? partitions);
  // Versions that do not send the number send 1.
  if (known > 1 && known < partitions) {
    return new AppError(
      'RESTORING',
      `Topic ${topic} has ${partitions} partitions, but the replica that forwarded the request knows ${known} so far.`,
    );
  }
  const owners = needs.ownersOf(partition);
  return new AppError(
    'WRONG_OWNER',
    `Partition ${partition} belongs to ${owners.join(', ')}; this replica does not own it.`,
    { extra: { partition, owners } },
  );
}
