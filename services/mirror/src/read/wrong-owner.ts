import { AppError } from '@quicksilver/common/errors/app-error';

import type { ReadScope } from './read-scope.ts';

/**
 * For a read that another replica has forwarded: to forward it again could become a loop. If that
 * replica does not know of added partitions yet, it will in a moment.
 */
export function wrongOwner(
  { view, ownersOf, forwarderPartitions }: ReadScope,
  partition: number,
): AppError {
  const { topic, partitions } = view;
  // Versions that do not send the number send 1.
  const count = forwarderPartitions ?? partitions;
  if (count > 1 && count < partitions) {
    return new AppError(
      'RESTORING',
      `Topic ${topic} has ${partitions} partitions, but the replica that forwarded the request knows ${count} so far.`,
    );
  }
  const owners = ownersOf(partition);
  return new AppError(
    'WRONG_OWNER',
    `Partition ${partition} belongs to ${owners.join(', ')}; this replica does not own it.`,
    { extra: { partition, owners } },
  );
}
