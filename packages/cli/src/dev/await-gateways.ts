import { pause } from '@quicksilver/common/flow/deadline';

import { keyHeader, type IngestAccess } from '../load/ingest-client.ts';
import { DevError } from './dev-error.ts';

const AGAIN_AFTER_MS = 50;
const ASK_MS = 5_000;
const WITHIN_MS = 30_000;
const BODY = JSON.stringify({ query: '{ __typename }' });

/** Waits until every gateway answers through the one port. Returns early when the signal aborts. */
export async function awaitGateways(
  gateways: readonly string[],
  edge: IngestAccess,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (const gateway of gateways) {
    const url = `${edge.url}/gateway/${gateway}/graphql`;
    for (let found = ''; !signal.aborted; await pause(AGAIN_AFTER_MS, signal)) {
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...keyHeader(edge.key) },
          body: BODY,
          signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
        });
        found = `HTTP status ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
        if (answer.ok) {
          break;
        }
      } catch (error) {
        found = String(error);
      }
      if (performance.now() > deadline) {
        throw new DevError(
          `Gateway ${gateway} does not answer at ${url} after ${WITHIN_MS / 1_000} seconds: ${found}.`,
          { whatToDo: `quick logs gateway ${gateway} says more.` },
        );
      }
    }
  }
}
