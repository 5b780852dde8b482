import { AppError } from '@quicksilver/common/errors/app-error';
import { Deadline, pause } from '@quicksilver/common/flow/deadline';

import type { ResourceLog } from './resource-log.ts';
import { entityOf } from './resource-record.ts';
import type { StatusLog } from './status-log.ts';

export interface StateLogs {
  readonly resources: Pick<ResourceLog, 'versioned' | 'topic'>;
  readonly statuses: Pick<StatusLog, 'list' | 'topic'>;
}

const NAMED_MAX = 5;
/** Milliseconds that one view may lag behind the other. */
const BEHIND_MS = 500;
const LOOK_MS = 25;

/**
 * Why the resource log cannot be trusted, or undefined if it can. A status is only written for an
 * entity in the log, and the log keeps a record even of deleted entities. So a status without any
 * record means that the log was emptied or deleted. Treating the workloads as orphans would then
 * stop everything.
 */
function lostState({ resources, statuses }: StateLogs): string | undefined {
  const lost = statuses
    .list()
    .map(({ kind, name }) => entityOf(kind, name))
    .filter((entity) => resources.versioned(entity).version === 0);
  if (lost.length === 0) {
    return undefined;
  }
  const more = lost.length > NAMED_MAX ? ` and ${lost.length - NAMED_MAX} more` : '';
  return `Topic ${resources.topic} has lost records: ${lost.slice(0, NAMED_MAX).join(', ')}${more} have a status in ${statuses.topic}, but no record. Workloads keep running, and no changes are made. Restore the records from a backup. Without a backup, see docs/process-runtime.md.`;
}

/** Throws `AppError` if the resource log cannot be trusted. */
export async function requireState(logs: StateLogs): Promise<void> {
  const deadline = Deadline.in(BEHIND_MS);
  for (;;) {
    const lost = lostState(logs);
    if (lost === undefined) {
      return;
    }
    if (deadline.isOver) {
      throw new AppError('STATE_LOST', lost);
    }
    await pause(LOOK_MS, new AbortController().signal);
  }
}
