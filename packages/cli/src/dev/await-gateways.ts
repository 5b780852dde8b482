import { Deadline } from '@quicksilver/common/flow/deadline';

import { fetchUntilOk } from '../load/fetch-until-ok.ts';
import { postJson, type IngestAccess } from '../load/ingest-client.ts';
import { CliError } from '../output/cli-error.ts';

const WITHIN_MS = 30_000;
const BODY = JSON.stringify({ query: '{ __typename }' });
/** The answer of a gateway that serves its schema, but only trusted documents. */
const TRUSTED_ONLY = 'DOCUMENT_NOT_TRUSTED';

/**
 * Waits until every gateway answers through the edge, and returns an error for each one that does
 * not. Returns early if the signal aborts.
 */
export async function awaitGateways(
  gateways: readonly string[],
  edge: IngestAccess,
  signal: AbortSignal,
): Promise<readonly CliError[]> {
  const deadline = Deadline.in(WITHIN_MS);
  const request = postJson(edge.key, BODY);
  const problems = await Promise.all(
    gateways.map(async (gateway) => {
      const url = `${edge.url}/gateway/${gateway}/graphql`;
      const lastAnswer = await fetchUntilOk(
        { url, request, deadline, alsoOk: TRUSTED_ONLY },
        signal,
      );
      return lastAnswer === undefined ? [] : [noAnswer(gateway, url, lastAnswer)];
    }),
  );
  return problems.flat();
}

function noAnswer(gateway: string, url: string, lastAnswer: string): CliError {
  return new CliError(
    `Gateway ${gateway} does not answer at ${url} after ${WITHIN_MS / 1_000} seconds: ${lastAnswer}.`,
    { code: 'NOT_READY', hint: `For its log, run: quick logs gateway ${gateway}` },
  );
}
