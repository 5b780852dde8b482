import { AppError } from '@quicksilver/common/errors/app-error';
import type { Position } from '@quicksilver/contracts/mirror-api/position-token';

import type { ReadScope } from './read-scope.ts';
import { toError } from './unwrap.ts';

/**
 * Whether keys can be outside of their home partitions. The topic is mixed, or the result must
 * include an offset of another replica's partition, which may have just become mixed.
 */
export function mayBeElsewhere(scope: ReadScope): boolean {
  return scope.view.placement.isMixed || namedElsewhere(scope).length > 0;
}

/** Waits until the partitions of this replica have applied the position. Throws `AppError`. */
export async function awaitPosition(scope: ReadScope, partitions: Iterable<number>): Promise<void> {
  const { view, queries } = scope;
  const position = checkedPosition(scope);
  if (position === undefined) {
    return;
  }
  const read = new Set(partitions);
  const named = [...position.offsets].filter(
    // A partition that is only named matters because it may have become mixed up to that offset.
    ([number, offset]) => !read.has(number) && (view.owned(number)?.nextOffset ?? 0n) <= offset,
  );
  await Promise.all(
    [...read, ...named.map(([number]) => number)].map(async (number) => {
      const partition = view.owned(number);
      const refusal = partition && (await queries.refuseBefore(partition, position));
      if (refusal !== undefined) {
        throw toError(refusal);
      }
    }),
  );
}

/**
 * Partitions of other replicas whose offsets the result must include, unless they have no misplaced
 * records up to there.
 */
export function namedElsewhere(scope: ReadScope): number[] {
  const { view } = scope;
  return [...(checkedPosition(scope)?.offsets ?? [])]
    .filter(([number]) => view.owned(number) === undefined)
    .filter(([number, offset]) => !view.placement.isUnmixedTo(number, offset))
    .map(([number]) => number);
}

/** Throws `AppError('BAD_POSITION')` if the topic does not have a partition of the position. */
function checkedPosition({ view, position }: ReadScope): Position | undefined {
  for (const partition of position?.offsets.keys() ?? []) {
    if (partition >= view.partitions) {
      throw new AppError(
        'BAD_POSITION',
        `Topic ${view.topic} has partitions 0 to ${view.partitions - 1}; the position names ${partition}.`,
      );
    }
  }
  return position;
}
