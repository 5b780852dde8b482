import type { Log } from '@quicksilver/common/lifecycle/log';
import { request } from 'undici';
import type { z } from 'zod';

export interface AskOptions {
  /** The API key for each request, if services require keys. */
  readonly peerKey: () => { reveal(): string } | undefined;
  readonly log: Log;
}

/** Resolves to undefined if the replica does not respond in time, or not in this form. */
export type AskReplica = <T>(
  url: string,
  form: z.ZodType<T>,
  how?: { readonly method: 'GET' | 'POST'; readonly deadlineMs: number },
) => Promise<T | undefined>;

const DEADLINE_MS = 1_000;

/** Asks replicas for their status over HTTP. A replica that does not respond is not an error. */
export function httpAsk({ peerKey, log }: AskOptions): AskReplica {
  return async (url, form, { method, deadlineMs } = { method: 'GET', deadlineMs: DEADLINE_MS }) => {
    const key = peerKey();
    try {
      const { statusCode, body } = await request(url, {
        method,
        headers: key === undefined ? {} : { 'x-api-key': key.reveal() },
        signal: AbortSignal.timeout(deadlineMs),
      });
      const read = form.safeParse(await body.json());
      return statusCode === 200 ? read.data : undefined;
    } catch (error) {
      log.debug({ url, err: error }, 'a replica did not respond to a status probe');
      return undefined;
    }
  };
}
