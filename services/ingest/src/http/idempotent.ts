import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

import { AppError } from '@quicksilver/common/errors/app-error';
import {
  checkIdempotencyKey,
  IDEMPOTENCY_KEY_HEADER,
} from '@quicksilver/common/http/idempotency-key';
import { POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Known, StoredAnswer } from '../guard/answer-memory.ts';
import type { Idempotency, KeyedRequest } from '../guard/idempotency.ts';
import { refusedWrite } from './write-answer.ts';

export interface IdempotentOptions {
  readonly idempotency: Idempotency;
  /** Called for every request with a key. */
  readonly onKeyed: (result: KeyedResult) => void;
}

export type KeyedResult = 'new' | 'replayed' | 'in_flight' | 'mismatch';

export const REPLAYED_HEADER = 'idempotency-replayed';
/** Response headers that are stored. */
const KEPT_HEADERS = ['content-type', POSITION_HEADER];

/**
 * Implements `Idempotency-Key` as in draft-ietf-httpapi-idempotency-key-header. A repeated request
 * gets the stored response and is not run again. Failures are not stored, because they wrote
 * nothing that is known of. Applies to every route of the instance.
 */
export function idempotent(app: FastifyInstance, options: IdempotentOptions): void {
  const { idempotency, onKeyed } = options;
  const begun = new WeakMap<FastifyRequest, KeyedRequest>();

  app.addHook('preHandler', (request, reply, done) => {
    if (request.headers[IDEMPOTENCY_KEY_HEADER] === undefined) {
      done();
      return;
    }
    const go = (keyed: KeyedRequest, known: Known): void => {
      if (known === 'new') {
        onKeyed('new');
        begun.set(request, keyed);
        done();
      } else {
        answerKnown(known, reply, onKeyed);
      }
    };
    try {
      const keyed = keyedRequest(request);
      const known = idempotency.begin(keyed);
      if (known instanceof Promise) {
        known.then((later) => go(keyed, later)).catch((error: unknown) => reply.send(error));
      } else {
        go(keyed, known);
      }
    } catch (error) {
      reply.send(refusedWrite(error));
    }
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    const keyed = begun.get(request);
    if (keyed !== undefined) {
      const isDone = reply.statusCode < 300 && typeof payload === 'string';
      if (isDone) {
        idempotency.finish(keyed, answerOf(reply, payload));
      } else {
        idempotency.release(keyed);
      }
    }
    done();
  });
}

/** Throws `AppError` if the key is invalid. */
function keyedRequest(request: FastifyRequest): KeyedRequest {
  const { headers, body, method, url, params, caller } = request;
  const key = checkIdempotencyKey(String(headers[IDEMPOTENCY_KEY_HEADER]));
  if (body instanceof Readable) {
    throw new AppError(
      'BAD_REQUEST',
      'An NDJSON stream cannot have an Idempotency-Key, because its response is not stored. Send a JSON array.',
    );
  }
  const { topic } = params as { topic: string };
  return {
    id: hash(JSON.stringify([caller.kind, caller.id, method, topic, key])),
    fingerprint: hash(url, Buffer.isBuffer(body) ? body : ''),
  };
}

function answerKnown(
  known: Exclude<Known, 'new'>,
  reply: FastifyReply,
  onKeyed: (result: KeyedResult) => void,
): void {
  switch (known) {
    case 'in-flight':
      onKeyed('in_flight');
      reply.send(
        new AppError(
          'IDEMPOTENCY_IN_FLIGHT',
          'A request with this Idempotency-Key is still in progress. Retry later to get its response.',
          { retryAfterSeconds: 1 },
        ),
      );
      return;
    case 'mismatch':
      onKeyed('mismatch');
      reply.send(
        new AppError(
          'IDEMPOTENCY_MISMATCH',
          'This Idempotency-Key was already used for a different request. Use a new key for a new request.',
        ),
      );
      return;
    case 'full':
      reply.send(
        refusedWrite(
          new AppError(
            'OVERLOADED',
            'Too many requests with an Idempotency-Key are in progress. Retry later.',
          ),
        ),
      );
      return;
    default:
      onKeyed('replayed');
      reply.code(known.status).headers(known.headers).header(REPLAYED_HEADER, 'true');
      reply.send(known.body);
  }
}

function answerOf(reply: FastifyReply, body: string): StoredAnswer {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(headers), body };
}

function hash(...parts: readonly (string | Buffer)[]): string {
  const sum = createHash('sha256');
  for (const part of parts) {
    sum.update(part).update('\0');
  }
  return sum.digest('base64url');
}
