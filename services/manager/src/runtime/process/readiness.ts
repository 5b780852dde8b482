import { get } from 'node:http';

export interface Readiness {
  readonly isReady: boolean;
  /** Why not. */
  readonly reason?: string;
}

const BODY_CHARS_MAX = 2_000;

/** Asks a service whether it can serve. Never rejects, and answers within the deadline. */
export function askReadiness(opsAddress: string, deadlineMs: number): Promise<Readiness> {
  return new Promise((resolve) => {
    const deadline = AbortSignal.timeout(deadlineMs);
    const refuse = (reason: string): void => resolve({ isReady: false, reason });
    const silent = (error: Error): void =>
      refuse(
        deadline.aborted
          ? `it did not say within ${deadlineMs} ms whether it is ready`
          : `it cannot be asked at ${opsAddress} whether it is ready: ${error.message}`,
      );
    const url = `http://${opsAddress}/readyz?verbose`;
    const request = get(url, { agent: false, signal: deadline }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body = (body + text).slice(0, BODY_CHARS_MAX);
      });
      response.once('error', silent);
      response.once('end', () => {
        const said = body.trim().split('\n').join('; ');
        if (response.statusCode === 200) {
          resolve({ isReady: true });
        } else {
          refuse(said === '' ? `readyz answered ${response.statusCode}` : said);
        }
      });
    });
    request.once('error', silent);
  });
}
