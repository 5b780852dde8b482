import type { Secret } from '@quicksilver/common/config/secret';
import type { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import { fromProblem } from '@quicksilver/common/errors/problem';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import { API_KEY_HEADER } from '@quicksilver/common/http/api-key-check';
import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { z } from 'zod';

import { CliError } from '../output/cli-error.ts';
import type { ProjectRecord } from './project-data.ts';

/** The position of a record in its topic. */
export interface RecordPosition {
  readonly partition: number;
  readonly offset: bigint;
}

/** The address of an ingest, and its API key if it requires one. */
export interface IngestAccess {
  readonly url: string;
  readonly key: Secret | undefined;
}

const REQUEST_TIMEOUT_MS = 30_000;
const ATTEMPTS_MAX = 8;

/**
 * Writes records of one topic through ingest, in one request. Retries if a retry can help, so a
 * record may be in the topic twice, with the same key and value. Returns the positions in the order
 * of the records; a key that an immutable topic already has is undefined. Returns undefined if the
 * signal aborts. Throws `CliError` after the last attempt.
 */
export async function writeRecords(
  ingest: IngestAccess,
  topic: string,
  records: readonly ProjectRecord[],
  signal: AbortSignal,
): Promise<readonly (RecordPosition | undefined)[] | undefined> {
  const body = JSON.stringify(records);
  const backoff = new Backoff({ firstMs: 100, maxMs: 2_000 });
  let lastProblem = '';
  while (!signal.aborted && backoff.attempts < ATTEMPTS_MAX) {
    const outcome = await tryOnce(ingest, topic, body, signal);
    if ('positions' in outcome) {
      return outcome.positions;
    }
    lastProblem = outcome.text;
    if (!outcome.isTransient) {
      break;
    }
    await pause(backoff.next(), signal);
  }
  if (signal.aborted) {
    return undefined;
  }
  throw new CliError(`Ingest did not write records of topic ${topic}: ${lastProblem}`, {
    code: 'LOAD_FAILED',
    hint: 'Run the command again. Records that are already written do no harm.',
  });
}

/** A POST of JSON with the API key, if there is one. */
export function postJson(
  key: Secret | undefined,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Omit<RequestInit, 'signal'> {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(key === undefined ? {} : { [API_KEY_HEADER]: key.reveal() }),
    },
    body,
  };
}

interface WriteResult {
  readonly positions: readonly (RecordPosition | undefined)[];
}

interface WriteProblem {
  readonly text: string;
  /** A retry may succeed. */
  readonly isTransient: boolean;
}

async function tryOnce(
  ingest: IngestAccess,
  topic: string,
  body: string,
  signal: AbortSignal,
): Promise<WriteProblem | WriteResult> {
  try {
    const answer = await fetch(`${ingest.url}/${encodeURIComponent(topic)}`, {
      ...postJson(ingest.key, body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    const text = await answer.text();
    const results = resultsIn(text);
    const failed = results?.find((result) => !isInTopic(result));
    if (results !== undefined && failed === undefined) {
      return { positions: results.map(positionOf) };
    }
    return answer.ok
      ? { text: failed?.detail ?? `ingest answered ${text.slice(0, 200)}`, isTransient: true }
      : problemOf(answer.status, text);
  } catch (error) {
    return { text: `${describeError(error)}.`, isTransient: true };
  }
}

const wireResult = z.looseObject({
  outcome: z.string(),
  errorCode: z.string().optional(),
  detail: z.string().optional(),
  partition: z.number().optional(),
  // Raw JSON if the number is beyond 2^53.
  offset: z.unknown().optional(),
});
type WireResult = z.infer<typeof wireResult>;

/** The results of an answer about several records; undefined if the body is something else. */
function resultsIn(text: string): readonly WireResult[] | undefined {
  try {
    return z.object({ results: z.array(wireResult) }).safeParse(parseSpelledJson(text)).data
      ?.results;
  } catch {
    return undefined;
  }
}

/** `KEY_EXISTS`: an interrupted load wrote the key before, or a user did and that record stays. */
function isInTopic({ outcome, errorCode, partition }: WireResult): boolean {
  return (outcome === 'ok' && partition !== undefined) || errorCode === 'KEY_EXISTS';
}

function positionOf({ partition, offset }: WireResult): RecordPosition | undefined {
  return partition === undefined
    ? undefined
    : { partition, offset: BigInt(JSON.stringify(offset)) };
}

function problemOf(status: number, body: string): WriteProblem {
  const problem = parseProblem(body);
  return {
    text: problem?.message ?? `HTTP status ${status}.`,
    // Ingest may not have read the registration of a new topic yet.
    isTransient: status >= 500 || problem?.code === 'TOPIC_NOT_FOUND',
  };
}

function parseProblem(body: string): AppError | undefined {
  try {
    return fromProblem(JSON.parse(body));
  } catch {
    return undefined;
  }
}
