import { AppError } from '@quicksilver/common/errors/app-error';

/** For a request that was passed on already: passing it on again could go in circles. */
export function wrongOwner(partition: number, owners: readonly string[]): AppError {
  return new AppError(
    'WRONG_OWNER',
    `Partition ${partition} belongs to ${owners.join(', ')}; this replica does not own it.`,
    { extra: { partition, owners } },
  );
}
