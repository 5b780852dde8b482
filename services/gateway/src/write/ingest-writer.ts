import { boundedText } from '@quicksilver/common/flow/bounded-text';
import type { Secret } from '@quicksilver/common/config/secret';
import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import { fromProblem } from '@quicksilver/common/errors/problem';
import { API_KEY_HEADER } from '@quicksilver/common/http/api-key-check';
import { IDEMPOTENCY_KEY_HEADER } from '@quicksilver/common/http/idempotency-key';
import { POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import { parsePosition, type Position } from '@quicksilver/contracts/mirror-api/position-token';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { Pool } from 'undici';

import type { RecordWriter, WriteOptions, WrittenRecord } from '../loaders/record-writer.ts';

export interface IngestWriterOptions {
  /** The URL of ingest, `http://host:port`. */
  readonly url: string;
  /** The peer key. Undefined if ingest requires none. */
  readonly peerKey: () => Secret | undefined;
  /** Called after every write, for metrics. */
  readonly onWrite?: (topic: string, outcome: Outcome, ms: number) => void;
}

export type Outcome = 'ok' | 'not_written' | 'unknown';

const CONNECTIONS_MAX = 64;
const QUEUED_MAX = 1_024;
/** A response is a position or a problem. */
const ANSWER_BYTES_MAX = 65_536;
const LATE = new Error('late');

/** Writes through ingest over HTTP. It never retries. */
export class IngestWriter implements RecordWriter {
  readonly #options: IngestWriterOptions;
  readonly #pool: Pool;

  constructor(options: IngestWriterOptions) {
    this.#options = options;
    this.#pool = new Pool(options.url, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      // Every write carries its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  async write(topic: TopicEntry, record: WrittenRecord, options: WriteOptions): Promise<Position> {
    const startedMs = performance.now();
    const { onWrite } = this.#options;
    try {
      const position = await this.#send(topic, record, options);
      onWrite?.(topic.name, 'ok', performance.now() - startedMs);
      return position;
    } catch (error) {
      const failure = error instanceof AppError ? error : lost(topic, error);
      const outcome = failure.extra['outcome'] === 'not_written' ? 'not_written' : 'unknown';
      onWrite?.(topic.name, outcome, performance.now() - startedMs);
      throw failure;
    }
  }

  /** Writes in flight end with an unknown outcome. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #send(
    topic: TopicEntry,
    record: WrittenRecord,
    { timeoutMs, idempotencyKey }: WriteOptions,
  ): Promise<Position> {
    if ((this.#pool.stats.queued ?? 0) >= QUEUED_MAX) {
      const detail = `There are ${QUEUED_MAX} writes waiting for ingest, the limit. Retry later.`;
      throw new AppError('OVERLOADED', detail, NOT_WRITTEN);
    }
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(LATE), timeoutMs);
    const peerKey = this.#options.peerKey();
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: record.valueJson === null ? 'DELETE' : 'POST',
        path: `/${encodeURIComponent(topic.name)}`,
        headers: {
          'content-type': 'application/json',
          ...(peerKey === undefined ? {} : { [API_KEY_HEADER]: peerKey.reveal() }),
          ...(idempotencyKey === undefined ? {} : { [IDEMPOTENCY_KEY_HEADER]: idempotencyKey }),
        },
        body:
          record.valueJson === null
            ? record.keyJson
            : `{"key":${record.keyJson},"value":${record.valueJson}}`,
        signal: abort.signal,
      });
      const text = await boundedText(body, ANSWER_BYTES_MAX);
      if (statusCode >= 300) {
        throw refusal(topic, statusCode, text, headers['retry-after']);
      }
      const position = headers[POSITION_HEADER];
      if (typeof position !== 'string') {
        throw badAnswer(topic, `it returned ${statusCode} without a position`);
      }
      return parsePosition(position);
    } finally {
      clearTimeout(timer);
    }
  }
}

const NOT_WRITTEN = { extra: { outcome: 'not_written' } };
const UNKNOWN = { extra: { outcome: 'unknown' } };
/** Errors before a connection exists, so nothing was sent. */
const NOT_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function lost(topic: TopicEntry, error: unknown): AppError {
  const why = error === LATE ? 'it did not respond in time' : describeError(error);
  return NOT_SENT.has((error as { code?: unknown } | null)?.code)
    ? new AppError(
        'WRITE_NOT_DONE',
        `Nothing was written to topic ${topic.name}. Ingest cannot be reached: ${why}. Retry later.`,
        { ...NOT_WRITTEN, cause: error },
      )
    : new AppError(
        'WRITE_UNKNOWN',
        `The write to topic ${topic.name} may or may not be done. Ingest did not confirm it: ${why}. Read the key before you write it again.`,
        { ...UNKNOWN, cause: error },
      );
}

/** Converts an error of ingest, including its outcome. */
function refusal(
  topic: TopicEntry,
  status: number,
  text: string,
  retryAfter: string | string[] | undefined,
): AppError {
  const problem = parsed(text);
  const known = fromProblem(problem);
  if (known === undefined || known.code === 'UNAUTHENTICATED') {
    const why =
      known === undefined
        ? `it returned ${status} without an error code`
        : 'it rejects the peer key of the gateway. Set the same QUICK_PEER_KEY for all services';
    return known === undefined && status >= 500
      ? badAnswer(topic, why)
      : new AppError(
          'UPSTREAM_BAD_RESPONSE',
          `Nothing was written to topic ${topic.name}. Ingest failed: ${why}.`,
          NOT_WRITTEN,
        );
  }
  const reported = (problem as { readonly outcome?: unknown }).outcome;
  // The first request with the idempotency key may still be writing.
  const isUnknown = reported === 'unknown' || known.code === 'IDEMPOTENCY_IN_FLIGHT';
  const outcome = isUnknown ? 'unknown' : 'not_written';
  const seconds = Number(retryAfter);
  return new AppError(known.code, known.message, {
    extra: { outcome },
    ...(Number.isInteger(seconds) ? { retryAfterSeconds: seconds } : {}),
  });
}

function badAnswer(topic: TopicEntry, why: string): AppError {
  return new AppError(
    'UPSTREAM_BAD_RESPONSE',
    `The write to topic ${topic.name} may or may not be done. Ingest failed: ${why}. Read the key before you write it again.`,
    UNKNOWN,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
