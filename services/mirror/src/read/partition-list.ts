import { AppError } from '@quicksilver/common/errors/app-error';

import type { TopicView } from '../query/topic-view.ts';

/** Throws `AppError('BAD_REQUEST')` if the topic does not have one of the partitions. */
export function checkPartitions(view: TopicView, partitions: Iterable<number>): void {
  const missing = [...partitions].find((partition) => partition >= view.partitions);
  if (missing !== undefined) {
    throw new AppError(
      'BAD_REQUEST',
      `Expected partitions of 0 to ${view.partitions - 1}, separated by commas, got ${missing}.`,
    );
  }
}
