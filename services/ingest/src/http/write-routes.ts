import { PassThrough, Readable } from 'node:stream';

import { AppError } from '@quicksilver/common/errors/app-error';
import {
  addDeclaredRoute,
  type RouteDeclaration,
} from '@quicksilver/common/http/route-declaration';
import { IDEMPOTENCY_KEY_HEADER } from '@quicksilver/common/http/idempotency-key';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { isFailure, placeRecord, tryDecode } from '../decode/place-record.ts';
import {
  bodyText,
  decodeKey,
  decodePair,
  decodePathKey,
  itemsOf,
  type RecordLimits,
} from '../decode/record-decoder.ts';
import type { SubmitWrites, TopicGuard, WriteTarget } from '../guard/topic-guard.ts';
import type { PlacedRecord, WriteDone, WriteFailure, WriteOutcome } from '../produce/write.ts';
import { lineGroups, type Line } from './line-groups.ts';
import { mergeOutcomes, writeLines, type LineWritesOptions } from './line-writes.ts';
import { DELETE_RECORD, DELETE_RECORDS, POST_RECORDS } from './write-declarations.ts';
import {
  failedBatch,
  failedWrite,
  positionOf,
  printOutcome,
  printResults,
  refusedWrite,
} from './write-answer.ts';

export interface WriteRoutesOptions {
  readonly guard: TopicGuard;
  readonly submit: SubmitWrites;
  readonly queue: LineWritesOptions['queue'];
  readonly limits: RecordLimits & { readonly bodyBytesMax: number };
  readonly log: Log;
}

/** A request for a writable topic. */
interface Exchange {
  readonly target: WriteTarget;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** As of `performance.now()`. */
  readonly arrivedMs: number;
}

/** Milliseconds that a streamed body may be idle, in either direction. */
const STREAM_IDLE_MS = 30_000;
/** Buffered bytes for a client that sends everything before it reads: about 100,000 outcomes. */
const OUTCOME_BYTES_MAX = 8_388_608;

/** `write-declarations.ts` describes the routes. */
export function writeRoutes(app: FastifyInstance, options: WriteRoutesOptions): void {
  const { guard, limits } = options;
  const post = (exchange: Exchange): void => {
    const { body } = exchange.request;
    if (body instanceof Readable) {
      void postLines(body, exchange, options);
      return;
    }
    const { entry, keys, values } = exchange.target;
    const text = bodyText(body);
    const items = itemsOf(text, limits);
    const decode = (item: string): PlacedRecord => {
      const { key, value } = decodePair(item, entry, limits, values);
      return placeRecord(key, value, entry, keys);
    };
    write(items ?? text, decode, 201, exchange, options);
  };
  const deleteKeys = (exchange: Exchange): void => {
    const { body } = exchange.request;
    if (body instanceof Readable) {
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Expected the keys as application/json.');
    }
    const { entry, keys: writer } = exchange.target;
    checkMutable(exchange.target);
    const text = bodyText(body);
    const keys = itemsOf(text, limits);
    const decode = (key: string): PlacedRecord =>
      placeRecord(decodeKey(key, entry, limits), null, entry, writer);
    write(keys ?? text.trim(), decode, 200, exchange, options);
  };
  const deleteKey = (exchange: Exchange): void => {
    const { entry, keys } = exchange.target;
    checkMutable(exchange.target);
    const { key } = exchange.request.params as { readonly key: string };
    const decode = (): PlacedRecord =>
      placeRecord(decodePathKey(key, entry, limits), null, entry, keys);
    write(key, decode, 200, exchange, options);
  };
  const route = (declaration: RouteDeclaration, go: (exchange: Exchange) => void): void =>
    addDeclaredRoute(app, declaration, (request, reply) => begin(request, reply, guard, go));
  route(POST_RECORDS, post);
  route(DELETE_RECORDS, deleteKeys);
  route(DELETE_RECORD, deleteKey);
}

/**
 * Continues synchronously if the topic is cached, so that requests of one connection keep their
 * order.
 */
function begin(
  request: FastifyRequest,
  reply: FastifyReply,
  guard: TopicGuard,
  go: (exchange: Exchange) => void,
): void {
  const arrivedMs = performance.now();
  const proceed = (target: WriteTarget): void => {
    try {
      go({ target, request, reply, arrivedMs });
    } catch (error) {
      reply.send(refusedWrite(error));
    }
  };
  const { topic } = request.params as { readonly topic: string };
  try {
    const target = guard.known(topic, request.method === 'DELETE' ? 'removals' : 'values');
    if (target !== undefined) {
      proceed(target);
      return;
    }
  } catch (error) {
    reply.send(refusedWrite(error));
    return;
  }
  guard.verify(topic).then(proceed, (error: unknown) => reply.send(refusedWrite(error)));
}

function checkMutable({ entry }: WriteTarget): void {
  if (entry.writeType === 'IMMUTABLE') {
    throw new AppError(
      'IMMUTABLE_TOPIC',
      `Topic ${entry.name} is immutable, so its records cannot be removed.`,
    );
  }
}

/** One or several items. All are decoded before the first one is sent. */
function write(
  items: string | readonly string[],
  decode: (item: string) => PlacedRecord,
  status: 200 | 201,
  exchange: Exchange,
  options: WriteRoutesOptions,
): void {
  const { target, arrivedMs } = exchange;
  if (typeof items === 'string') {
    const answer = (outcomes: readonly WriteOutcome[]): void =>
      answerOne(outcomes[0], status, exchange, options);
    options.submit(target, [decode(items)], arrivedMs, answeringErrors(answer, exchange));
    return;
  }
  const decoded = items.map((item) => tryDecode(() => decode(item)));
  const records = decoded.filter((result): result is PlacedRecord => !isFailure(result));
  const answer = (outcomes: readonly WriteOutcome[]): void =>
    answerMany(mergeOutcomes(decoded, outcomes), status, exchange, options);
  if (records.length === 0) {
    answer([]);
  } else {
    options.submit(target, records, arrivedMs, answeringErrors(answer, exchange));
  }
}

/** The queue calls back for many requests in turn, so an error here must stay in this request. */
function answeringErrors(answer: WriteDone, { reply }: Exchange): WriteDone {
  return (outcomes) => {
    try {
      answer(outcomes);
    } catch (error) {
      reply.send(error);
    }
  };
}

function answerOne(
  outcome: WriteOutcome | undefined,
  status: 200 | 201,
  exchange: Exchange,
  options: WriteRoutesOptions,
): void {
  const { request, reply, target } = exchange;
  if (outcome?.ok !== true) {
    const failure = outcome ?? NO_OUTCOME;
    forgetWhereGone(failure, target, options.guard);
    reply.send(failedWrite(failure));
    return;
  }
  reply
    .code(status)
    .header(POSITION_HEADER, positionOf([outcome], target.topicId))
    .header('content-type', 'application/json');
  const body = printOutcome(target.entry.name, outcome);
  if (request.headers[IDEMPOTENCY_KEY_HEADER] === undefined) {
    reply.sendLatin1(body);
  } else {
    // Through the hooks, which store the response.
    reply.send(body);
  }
}

function answerMany(
  outcomes: readonly WriteOutcome[],
  status: 200 | 201,
  exchange: Exchange,
  options: WriteRoutesOptions,
): void {
  const { reply, target } = exchange;
  const failures = outcomes.filter((outcome): outcome is WriteFailure => !outcome.ok);
  for (const failure of failures) {
    forgetWhereGone(failure, target, options.guard);
  }
  if (failures.length === outcomes.length) {
    reply.send(failedBatch(failures));
    return;
  }
  const position = positionOf(outcomes, target.topicId);
  if (position !== undefined) {
    reply.header(POSITION_HEADER, position);
  }
  reply
    .code(failures.length === 0 ? status : 207)
    .header('content-type', 'application/json')
    .send(printResults(target.entry.name, outcomes));
}

async function postLines(
  body: Readable,
  exchange: Exchange,
  options: WriteRoutesOptions,
): Promise<void> {
  const { request, reply, target } = exchange;
  const { submit, queue, limits, log } = options;
  const lineBytesMax = limits.bodyBytesMax;
  const output = new PassThrough({ highWaterMark: OUTCOME_BYTES_MAX });
  request.raw.setTimeout(STREAM_IDLE_MS, () => body.destroy(stoodStill()));
  // `reply.sent` becomes true only after the whole stream is sent.
  let isAnswering = false;
  try {
    // A body that is not read to its end is not destroyed, because its connection still carries the
    // response.
    const chunks = body.iterator({ destroyOnReturn: false });
    const groups = lineGroups(chunks, lineBytesMax);
    const first = await groups.next();
    if (first.done === true) {
      throw new AppError('EMPTY_BATCH', 'Expected at least one line, found none.');
    }
    isAnswering = true;
    reply.code(207).header('content-type', 'application/x-ndjson').send(output);
    const all = startingWith(first.value, groups);
    await writeLines({ groups: all, output, target, submit, queue, limits, lineBytesMax });
  } catch (error) {
    if (isAnswering) {
      log.debug({ topic: target.entry.name, err: error }, 'a stream of writes ended early');
      output.destroy();
    } else {
      reply.send(refusedWrite(error));
    }
  }
}

function stoodStill(): AppError {
  return new AppError(
    'REQUEST_TIMEOUT',
    `The NDJSON stream was idle for ${STREAM_IDLE_MS / 1_000} seconds.`,
  );
}

async function* startingWith(
  first: readonly Line[],
  rest: AsyncIterable<readonly Line[]>,
): AsyncGenerator<readonly Line[], void, undefined> {
  yield first;
  yield* rest;
}

/** If Kafka reports that the topic does not exist, the cached topic is invalidated. */
function forgetWhereGone(failure: WriteFailure, target: WriteTarget, guard: TopicGuard): void {
  if (failure.code === 'TOPIC_NOT_FOUND') {
    guard.forget(target.entry.name);
  }
}

const NO_OUTCOME: WriteFailure = {
  ok: false,
  outcome: 'unknown',
  code: 'INTERNAL',
  detail: 'The write ended without an outcome.',
};
