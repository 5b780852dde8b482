import { pause } from '@quicksilver/common/flow/deadline';
import {
  BATCH_KEYS_MAX,
  batchPath,
  MIN_POSITION_HEADER,
} from '@quicksilver/common/mirror-api/contract';
import { printPosition } from '@quicksilver/common/mirror-api/position-token';

import { DevError } from '../dev/dev-error.ts';
import { keyHeader, type IngestAccess } from './ingest-client.ts';
import type { LoadedEnds } from './project-loader.ts';

const AGAIN_AFTER_MS = 100;
const ASK_MS = 10_000;
const WITHIN_MS = 120_000;

/**
 * Waits until what was written last can be read: a read that names the position of a write is never
 * older than it. Returns early when the signal aborts.
 */
export async function awaitLoaded(
  ends: LoadedEnds,
  edge: IngestAccess,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (const [topic, partitions] of ends) {
    const some = [...partitions].slice(0, BATCH_KEYS_MAX);
    const offsets = new Map(some.map(([partition, { offset }]) => [partition, offset]));
    const headers = {
      'content-type': 'application/json',
      [MIN_POSITION_HEADER]: printPosition({ offsets }),
      ...keyHeader(edge.key),
    };
    const body = JSON.stringify(some.map(([, { key }]) => key));
    const url = `${edge.url}${batchPath(topic)}`;
    let found = '';
    while (!signal.aborted && partitions.size > 0) {
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
        const answer = await fetch(url, { method: 'POST', headers, body, signal: limit });
        found = `HTTP status ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
        if (answer.ok) {
          break;
        }
      } catch (error) {
        found = String(error);
      }
      if (performance.now() > deadline) {
        throw new DevError(
          `Topic ${topic} was loaded, and its mirror does not have it after ${WITHIN_MS / 1_000} seconds: ${found}`,
          { whatToDo: 'The log of the mirror says why: quick logs mirror' },
        );
      }
      await pause(AGAIN_AFTER_MS, signal);
    }
  }
}
