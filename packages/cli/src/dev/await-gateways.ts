import type { IngestAccess } from '../load/ingest-client.ts';
import { postUntilOk } from '../load/post-until-ok.ts';
import { DevError } from './dev-error.ts';

const WITHIN_MS = 30_000;
const BODY = JSON.stringify({ query: '{ __typename }' });
/** A gateway that serves its schema, but only trusted documents. */
const SERVES_OTHERS = 'DOCUMENT_NOT_TRUSTED';

/**
 * Waits until every gateway answers through the one port. Returns early when the signal aborts.
 * Throws `DevError`.
 */
export async function awaitGateways(
  gateways: readonly string[],
  edge: IngestAccess,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + WITHIN_MS;
  for (const gateway of gateways) {
    const path = `/gateway/${gateway}/graphql`;
    const found = await postUntilOk(
      { edge, path, body: BODY, deadlineMs, alsoOk: SERVES_OTHERS },
      signal,
    );
    if (found !== undefined) {
      throw new DevError(
        `Gateway ${gateway} does not answer at ${edge.url}${path} after ${WITHIN_MS / 1_000} seconds: ${found}.`,
        { whatToDo: `quick logs gateway ${gateway} says more.` },
      );
    }
  }
}
