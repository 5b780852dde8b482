import { Deadline } from '@quicksilver/common/flow/deadline';
import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import {
  BATCH_KEYS_MAX,
  batchPath,
  MIN_POSITION_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import { printPosition } from '@quicksilver/contracts/mirror-api/position-token';

import { CliError } from '../output/cli-error.ts';
import { fetchUntilOk } from './fetch-until-ok.ts';
import { postJson, type IngestAccess } from './ingest-client.ts';
import type { LoadedEnds } from './project-loader.ts';

const WITHIN_MS = 120_000;

/**
 * Waits until the records that were written last can be read. A read that names the position of a
 * write never answers from before it. Returns early if the signal aborts. Throws `CliError`.
 */
export async function awaitLoaded(
  ends: LoadedEnds,
  edge: IngestAccess,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Deadline.in(WITHIN_MS);
  for (const [topic, partitions] of ends) {
    const some = [...partitions].slice(0, BATCH_KEYS_MAX);
    if (some.length === 0) {
      continue;
    }
    const offsets = new Map(some.map(([partition, { offset }]) => [partition, offset]));
    const keys = some.map(([, { key }]) => key);
    const request = postJson(edge.key, JSON.stringify(keys), {
      [MIN_POSITION_HEADER]: printPosition({ offsets }),
    });
    const url = `${edge.url}${batchPath(topic)}`;
    const lastAnswer = await fetchUntilOk({ url, request, deadline }, signal);
    if (lastAnswer !== undefined) {
      throw new CliError(
        `Topic ${topic} is loaded, but its mirror does not serve the last records after ${WITHIN_MS / 1_000} seconds: ${lastAnswer}`,
        {
          code: 'MIRROR_BEHIND',
          hint: `To see why, run: quick logs mirror ${mirrorNameOf(topic)}`,
        },
      );
    }
  }
}
