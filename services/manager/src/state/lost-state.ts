import { AppError } from '@quicksilver/common/errors/app-error';
import { pause } from '@quicksilver/common/flow/deadline';

import type { ResourceLog } from './resource-log.ts';
import { entityOf } from './resource-record.ts';
import type { StatusLog } from './status-log.ts';

export interface StateLogs {
  readonly resources: Pick<ResourceLog, 'versioned' | 'topic'>;
  readonly statuses: Pick<StatusLog, 'list' | 'topic'>;
}

const NAMED_MAX = 5;
/** Milliseconds that the view of one topic may be behind that of the other. */
const BEHIND_MS = 500;
const LOOK_MS = 25;

/**
 * Why the resource log cannot be believed; undefined where it can. A status is only written for what
 * the log has, and the log forgets nothing: it keeps a record also of what was deleted. So a status
 * of something that it has never heard of means that the log was emptied or deleted. To take
 * what runs for orphans then would end everything that people rely on.
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
  return `Topic ${resources.topic} has lost what was asked for: ${lost.slice(0, NAMED_MAX).join(', ')}${more} have a status in ${statuses.topic}, but no record. What runs goes on, and nothing is changed. Write the lost records to the topic again from a copy. Without a copy see docs/process-runtime.md.`;
}

/** Throws `AppError` where the resource log cannot be believed. */
export async function requireState(logs: StateLogs): Promise<void> {
  const until = performance.now() + BEHIND_MS;
  for (;;) {
    const lost = lostState(logs);
    if (lost === undefined) {
      return;
    }
    if (performance.now() >= until) {
      throw new AppError('STATE_LOST', lost);
    }
    await pause(LOOK_MS, new AbortController().signal);
  }
}
