import {
  BATCH_KEYS_MAX,
  batchPath,
  MIN_POSITION_HEADER,
} from '@quicksilver/common/mirror-api/contract';
import { printPosition } from '@quicksilver/common/mirror-api/position-token';

import { DevError } from '../dev/dev-error.ts';
import type { IngestAccess } from './ingest-client.ts';
import { postUntilOk } from './post-until-ok.ts';
import type { LoadedEnds } from './project-loader.ts';

const WITHIN_MS = 120_000;

/**
 * Waits until what was written last can be read: a read that names the position of a write is never
 * older than it. Returns early when the signal aborts. Throws `DevError`.
 */
export async function awaitLoaded(
  ends: LoadedEnds,
  edge: IngestAccess,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + WITHIN_MS;
  for (const [topic, partitions] of ends) {
    const some = [...partitions].slice(0, BATCH_KEYS_MAX);
    if (some.length === 0) {
      continue;
    }
    const offsets = new Map(some.map(([partition, { offset }]) => [partition, offset]));
    const found = await postUntilOk(
      {
        edge,
        path: batchPath(topic),
        headers: { [MIN_POSITION_HEADER]: printPosition({ offsets }) },
        body: JSON.stringify(some.map(([, { key }]) => key)),
        deadlineMs,
      },
      signal,
    );
    if (found !== undefined) {
      throw new DevError(
        `Topic ${topic} was loaded, and its mirror does not have it after ${WITHIN_MS / 1_000} seconds: ${found}`,
        { whatToDo: 'The log of the mirror says why: quick logs mirror' },
      );
    }
  }
}
