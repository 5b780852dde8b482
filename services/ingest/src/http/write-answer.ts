import { AppError } from '@quicksilver/common/errors/app-error';
import { lastOffsets } from '@quicksilver/contracts/mirror-api/last-offsets';
import { printPosition } from '@quicksilver/contracts/mirror-api/position-token';

import { existingKeys } from '../guard/first-write-outcomes.ts';
import type { WriteFailure, WriteOutcome } from '../produce/write.ts';

/**
 * Maximum number of partitions in the position header. A longer header could exceed the limits of
 * clients.
 */
const POSITION_PARTITIONS_MAX = 100;

/**
 * The outcome of one record as JSON. It is built by hand so that 64-bit offsets keep all digits.
 * Topic names need no escaping.
 */
export function printOutcome(topic: string, outcome: WriteOutcome, line?: number): string {
  const start = line === undefined ? '{' : `{"line":${line},`;
  return outcome.ok
    ? `${start}"topic":"${topic}","partition":${outcome.partition},"offset":${outcome.offset},"outcome":"ok"}`
    : `${start}${JSON.stringify(wireFailure(outcome)).slice(1)}`;
}

export function printResults(topic: string, outcomes: readonly WriteOutcome[]): string {
  const results = outcomes.map((outcome) => printOutcome(topic, outcome));
  return `{"results":[${results.join(',')}]}`;
}

/**
 * The lowest position at which all written records are visible. Undefined if it would be too long.
 */
export function positionOf(outcomes: readonly WriteOutcome[], topicId: string): string | undefined {
  const [first] = outcomes;
  if (outcomes.length === 1 && first?.ok === true && first.also === undefined) {
    return `${first.partition}:${first.offset}@${topicId}`;
  }
  const offsets = lastOffsets(
    outcomes.flatMap((outcome) => (outcome.ok ? [outcome, ...(outcome.also ?? [])] : [])),
  );
  return offsets.size === 0 || offsets.size > POSITION_PARTITIONS_MAX
    ? undefined
    : printPosition({ offsets, topicId });
}

export function failedWrite(failure: WriteFailure): AppError {
  const { code, detail, outcome } = failure;
  return new AppError(code, detail, { extra: { outcome } });
}

/** The error if no record of several was certainly written. `unknown` takes precedence. */
export function failedBatch(failures: readonly WriteFailure[]): AppError {
  const worst = failures.find((failure) => failure.outcome === 'unknown') ?? failures[0];
  if (worst === undefined) {
    throw new Error('a batch without items cannot fail');
  }
  const { code, outcome } = worst;
  return new AppError(code, batchDetail(failures, worst), {
    extra: { outcome, results: failures.map(wireFailure) },
  });
}

/** All keys if each of them exists, else the detail of the worst failure. */
function batchDetail(failures: readonly WriteFailure[], { detail }: WriteFailure): string {
  const existing = failures.map((failure) => failure.existing).filter((each) => each !== undefined);
  const [first] = existing;
  return first === undefined || existing.length < failures.length
    ? detail
    : existingKeys(first.topic, [...new Set(existing.map(({ key }) => key))]);
}

/** An error before anything was sent. The response states that. */
export function refusedWrite(error: unknown): unknown {
  if (!(error instanceof AppError) || 'outcome' in error.extra) {
    return error;
  }
  return new AppError(error.code, error.message, {
    cause: error,
    closeConnection: error.closeConnection,
    extra: { outcome: 'not_written', ...error.extra },
    ...(error.retryAfterSeconds === undefined
      ? {}
      : { retryAfterSeconds: error.retryAfterSeconds }),
  });
}

function wireFailure(failure: WriteFailure): object {
  const { outcome, code, detail } = failure;
  return { outcome, errorCode: code, detail };
}
