import { pause } from '@quicksilver/common/flow/deadline';

import { keyHeader, type IngestAccess } from './ingest-client.ts';

export interface PostUntilOk {
  readonly edge: IngestAccess;
  /** Behind the edge's address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** As of `performance.now()`. */
  readonly deadlineMs: number;
}

const AGAIN_AFTER_MS = 50;
const ASK_MS = 10_000;
const SHOWN_CHARS = 300;

/**
 * Asks again and again until the answer is a success, or the signal aborts. Answers what was found
 * last where neither comes by the deadline, else undefined.
 */
export async function postUntilOk(
  { edge, path, headers, body, deadlineMs }: PostUntilOk,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    let found: string;
    try {
      const answer = await fetch(`${edge.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers, ...keyHeader(edge.key) },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
      });
      found = `HTTP status ${answer.status}: ${(await answer.text()).slice(0, SHOWN_CHARS)}`;
      if (answer.ok) {
        return undefined;
      }
    } catch (error) {
      found = String(error);
    }
    if (performance.now() > deadlineMs) {
      return found;
    }
    await pause(AGAIN_AFTER_MS, signal);
  }
  return undefined;
}
