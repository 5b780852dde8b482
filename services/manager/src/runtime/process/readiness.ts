import { get } from 'node:http';

export interface Readiness {
  readonly isReady: boolean;
  /** Why not. */
  readonly reason?: string;
}

const BODY_CHARS_MAX = 2_000;

/** Checks whether a service is ready. Never rejects, and resolves within the deadline. */
export function checkReadiness(opsAddress: string, deadlineMs: number): Promise<Readiness> {
  return new Promise((resolve) => {
    const deadline = AbortSignal.timeout(deadlineMs);
    const refuse = (reason: string): void => resolve({ isReady: false, reason });
    const silent = (error: Error): void =>
      refuse(
        deadline.aborted
          ? `its readiness check did not respond within ${deadlineMs} ms`
          : `its readiness check at ${opsAddress} failed: ${error.message}`,
      );
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
