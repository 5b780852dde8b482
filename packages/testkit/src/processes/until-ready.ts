import { eventually } from '../basics/eventually.ts';
import { call } from '../clients/http-call.ts';

const READY_MS = 60_000;

/** Resolves when `/readyz` of a service returns 200. */
export async function untilReady(
  service: { readonly opsUrl: string },
  withinMs: number = READY_MS,
): Promise<void> {
  await eventually(async () => {
    const { status, text } = await call(`${service.opsUrl}/readyz?verbose`);
    if (status !== 200) {
      throw new Error(`not ready: ${text.trim()}`);
    }
  }, withinMs);
}
