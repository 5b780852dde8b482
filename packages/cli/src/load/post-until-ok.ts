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
  /** A text in an answer of another status that says as much as a success. */
  readonly alsoOk?: string;
}

const AGAIN_AFTER_MS = 50;
const ASK_MS = 10_000;
const SHOWN_CHARS = 300;

/**
 * Asks again and again until the answer is a success, or the signal aborts. Answers what was found
 * last where neither comes by the deadline, else undefined.
 */
export async function postUntilOk(
  { edge, path, headers, body, deadlineMs, alsoOk }: PostUntilOk,
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
      const text = await answer.text();
      found = `HTTP status ${answer.status}: ${text.slice(0, SHOWN_CHARS)}`;
      if (answer.ok || (alsoOk !== undefined && text.includes(alsoOk))) {
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
