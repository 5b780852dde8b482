import { describeError } from '@quicksilver/common/errors/describe';
import { pause, type Deadline } from '@quicksilver/common/flow/deadline';

export interface FetchUntilOk {
  readonly url: string;
  /** Without `signal`, which this function sets. */
  readonly request?: Omit<RequestInit, 'signal'>;
  readonly deadline: Deadline;
  /** An answer of any status that contains this text is a success as well. */
  readonly alsoOk?: string;
}

const RETRY_AFTER_MS = 50;
const REQUEST_TIMEOUT_MS = 10_000;
const SHOWN_CHARS = 300;

/**
 * Repeats a request until it succeeds or the signal aborts, and then returns undefined. If neither
 * happens before the deadline, returns the last answer or failure as a text.
 */
export async function fetchUntilOk(
  { url, request, deadline, alsoOk }: FetchUntilOk,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    let lastAnswer: string;
    try {
      const answer = await fetch(url, {
        ...request,
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const text = await answer.text();
      lastAnswer = `HTTP status ${answer.status}: ${text.trim().slice(0, SHOWN_CHARS)}`;
      if (answer.ok || (alsoOk !== undefined && text.includes(alsoOk))) {
        return undefined;
      }
    } catch (error) {
      lastAnswer = describeError(error);
    }
    if (deadline.isOver) {
      return lastAnswer;
    }
    await pause(RETRY_AFTER_MS, signal);
  }
  return undefined;
}
