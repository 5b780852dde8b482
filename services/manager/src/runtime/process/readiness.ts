import { get } from 'node:http';

import type { Timings } from './timings.ts';

export interface Readiness {
  readonly isReady: boolean;
  /** Why not. */
  readonly reason?: string;
  /** Nothing answered at all. */
  readonly isSilent?: boolean;
}

const BODY_CHARS_MAX = 2_000;

/** A program without an ops address counts as ready after a while. Never rejects. */
export async function readinessOf(
  opsAddress: string | undefined,
  startedAtMs: number,
  { settleMs, askDeadlineMs }: Pick<Timings, 'settleMs' | 'askDeadlineMs'>,
): Promise<Readiness> {
  return opsAddress === undefined
    ? { isReady: performance.now() - startedAtMs >= settleMs }
    : await checkReadiness(opsAddress, askDeadlineMs);
}

/** Checks whether a service is ready. Never rejects, and resolves within the deadline. */
function checkReadiness(opsAddress: string, deadlineMs: number): Promise<Readiness> {
  return new Promise((resolve) => {
    const deadline = AbortSignal.timeout(deadlineMs);
    const refuse = (reason: string): void => resolve({ isReady: false, reason });
    const silent = (error: Error): void =>
      resolve({
        isReady: false,
        isSilent: true,
        reason: deadline.aborted
          ? `its readiness check did not respond within ${deadlineMs} ms`
          : `its readiness check at ${opsAddress} failed: ${error.message}`,
      });
    const url = `http://${opsAddress}/readyz?verbose`;
    const request = get(url, { agent: false, signal: deadline }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body = (body + chunk).slice(0, BODY_CHARS_MAX);
      });
      response.once('error', silent);
      response.once('end', () => {
        const text = body.trim().split('\n').join('; ');
        if (response.statusCode === 200) {
          resolve({ isReady: true });
        } else {
          refuse(text === '' ? `readyz returned ${response.statusCode}` : text);
        }
      });
    });
    request.once('error', silent);
  });
}
