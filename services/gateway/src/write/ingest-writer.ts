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

import type { RecordWriter, WriteOptions, WrittenRecord } from '../load/record-writer.ts';

export interface IngestWriterOptions {
  /** Of ingest, `http://host:port`. */
  readonly url: string;
  /** The key of the services; undefined where ingest asks for none. */
  readonly peerKey: () => Secret | undefined;
  /** Told of every write, with its outcome: for metrics. */
  readonly onWrite?: (topic: string, outcome: Outcome, ms: number) => void;
}

export type Outcome = 'ok' | 'not_written' | 'unknown';

const CONNECTIONS_MAX = 64;
const QUEUED_MAX = 1_024;
/** An answer is a position or a problem. */
const ANSWER_BYTES_MAX = 65_536;
const LATE = new Error('late');

/** Writes through ingest, the one door of all writes, over HTTP. Nothing is sent twice. */
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
      const detail = `${QUEUED_MAX} writes wait for ingest already. Try again later.`;
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
      const text = await bounded(body);
      if (statusCode >= 300) {
        throw refusal(topic, statusCode, text, headers['retry-after']);
      }
      const position = headers[POSITION_HEADER];
      if (typeof position !== 'string') {
        throw badAnswer(topic, `it answered ${statusCode} without a position`);
      }
      return parsePosition(position);
    } finally {
      clearTimeout(timer);
    }
  }
}

const NOT_WRITTEN = { extra: { outcome: 'not_written' } };
const UNKNOWN = { extra: { outcome: 'unknown' } };
/** Nothing was sent where there was no connection. */
const NOT_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function lost(topic: TopicEntry, error: unknown): AppError {
  const why = error === LATE ? 'it did not answer in time' : describeError(error);
  return NOT_SENT.has((error as { code?: unknown } | null)?.code)
    ? new AppError(
        'WRITE_NOT_DONE',
        `Nothing was written to topic ${topic.name}: ingest cannot be reached: ${why}. Try again later.`,
        { ...NOT_WRITTEN, cause: error },
      )
    : new AppError(
        'WRITE_UNKNOWN',
        `Whether topic ${topic.name} was written to is not known: ingest was asked, and then: ${why}. Read the key before you write it again.`,
        { ...UNKNOWN, cause: error },
      );
}

/** What ingest said, with its own word about what became of the record. */
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
        ? `it answered ${status} without an error of ours`
        : 'it does not accept the key of this service. Set the same QUICK_PEER_KEY for all services';
    return known === undefined && status >= 500
      ? badAnswer(topic, why)
      : new AppError(
          'UPSTREAM_BAD_RESPONSE',
          `Nothing was written to topic ${topic.name}: ingest cannot be used: ${why}.`,
          NOT_WRITTEN,
        );
  }
  const said = (problem as { readonly outcome?: unknown }).outcome;
  // The request that came first with the key may be writing yet.
  const isUnknown = said === 'unknown' || known.code === 'IDEMPOTENCY_IN_FLIGHT';
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
    `Whether topic ${topic.name} was written to is not known: ingest cannot be used: ${why}.`,
    UNKNOWN,
  );
}

async function bounded(body: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const part = chunk as Buffer;
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) {
      throw new Error(`its answer has more than ${ANSWER_BYTES_MAX} bytes`);
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
