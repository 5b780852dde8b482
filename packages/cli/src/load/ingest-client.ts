import type { Secret } from '@quicksilver/common/config/secret';
import type { AppError } from '@quicksilver/common/errors/app-error';
import { fromProblem } from '@quicksilver/common/errors/problem';
import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import { API_KEY_HEADER } from '@quicksilver/common/http/api-key-check';
import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { z } from 'zod';

import { DevError } from '../dev/dev-error.ts';
import type { ProjectRecord } from './project-data.ts';

/** Where a record was written. */
export interface Place {
  readonly partition: number;
  readonly offset: bigint;
}

/** An ingest, and the key to it where it asks for one. */
export interface IngestAccess {
  readonly url: string;
  readonly key: Secret | undefined;
}

const REQUEST_TIMEOUT_MS = 30_000;
const ATTEMPTS_MAX = 8;

/**
 * Writes records of one topic through ingest, in one request. Repeats it where a repetition can
 * help; a record may then be in the topic twice, with the same key and the same value. Answers the
 * places in the order of the records, undefined for a key that an immutable topic had already;
 * undefined when the signal aborted. Gives up with a `DevError`.
 */
export async function writeRecords(
  ingest: IngestAccess,
  topic: string,
  records: readonly ProjectRecord[],
  signal: AbortSignal,
): Promise<readonly (Place | undefined)[] | undefined> {
  const body = JSON.stringify(records);
  const backoff = new Backoff({ firstMs: 100, maxMs: 2_000 });
  let lastProblem = '';
  while (!signal.aborted && backoff.attempts < ATTEMPTS_MAX) {
    const outcome = await tryOnce(ingest, topic, body, signal);
    if ('places' in outcome) {
      return outcome.places;
    }
    lastProblem = outcome.text;
    if (!outcome.mayPass) {
      break;
    }
    await pause(backoff.next(), signal);
  }
  if (signal.aborted) {
    return undefined;
  }
  throw new DevError(`Ingest did not take records of topic ${topic}: ${lastProblem}`, {
    whatToDo: 'Start again: the load goes on, and what is written already does no harm.',
  });
}

/** The header that a key is sent in. */
export function keyHeader(key: Secret | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { [API_KEY_HEADER]: key.reveal() };
}

interface Written {
  readonly places: readonly (Place | undefined)[];
}

interface WriteProblem {
  readonly text: string;
  readonly mayPass: boolean;
}

async function tryOnce(
  ingest: IngestAccess,
  topic: string,
  body: string,
  signal: AbortSignal,
): Promise<WriteProblem | Written> {
  try {
    const answer = await fetch(`${ingest.url}/${encodeURIComponent(topic)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...keyHeader(ingest.key) },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    const text = await answer.text();
    const results = resultsIn(text);
    const failed = results?.find((result) => !isThere(result));
    if (results !== undefined && failed === undefined) {
      return { places: results.map(placeOf) };
    }
    return answer.ok
      ? { text: failed?.detail ?? `ingest answered ${text.slice(0, 200)}`, mayPass: true }
      : problemOf(answer.status, text);
  } catch (error) {
    return { text: `${describeError(error)}.`, mayPass: true };
  }
}

const wireResult = z.looseObject({
  outcome: z.string(),
  errorCode: z.string().optional(),
  detail: z.string().optional(),
  partition: z.number().optional(),
  // Digits beyond 2^53 come as raw JSON.
  offset: z.unknown().optional(),
});
type WireResult = z.infer<typeof wireResult>;

/** Of an answer about several records, some of which may have failed; undefined for another answer. */
function resultsIn(text: string): readonly WireResult[] | undefined {
  try {
    return z.object({ results: z.array(wireResult) }).safeParse(parseSpelledJson(text)).data
      ?.results;
  } catch {
    return undefined;
  }
}

/** A key that exists was written by a load that was interrupted, or by somebody whose record stays. */
function isThere({ outcome, errorCode, partition }: WireResult): boolean {
  return (outcome === 'ok' && partition !== undefined) || errorCode === 'KEY_EXISTS';
}

function placeOf({ partition, offset }: WireResult): Place | undefined {
  return partition === undefined
    ? undefined
    : { partition, offset: BigInt(JSON.stringify(offset)) };
}

function problemOf(status: number, body: string): WriteProblem {
  const problem = parseProblem(body);
  return {
    text: problem?.message ?? `HTTP status ${status}.`,
    // A topic that was registered a moment ago may not have come to ingest's ears yet.
    mayPass: status >= 500 || problem?.code === 'TOPIC_NOT_FOUND',
  };
}

function parseProblem(body: string): AppError | undefined {
  try {
    return fromProblem(JSON.parse(body));
  } catch {
    return undefined;
  }
}
