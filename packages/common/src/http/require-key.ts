import type { ServerResponse } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { AppError } from '../errors/app-error.ts';
import type { Log } from '../lifecycle/log.ts';
import {
  API_KEY_CHALLENGE,
  API_KEY_HEADER,
  NO_KEY_DETAIL,
  type Admission,
  type ApiKeyCheck,
} from './api-key-check.ts';
import { pathOf, replyWithProblem } from './problem-reply.ts';

export interface RequireKeyOptions {
  readonly keys: ApiKeyCheck;
  /** Paths that anybody may read. */
  readonly openPaths: ReadonlySet<string>;
  readonly log: Log;
}

/**
 * Milliseconds that an answer may still take after its key was taken away. Work in flight comes to
 * its end by then; what lasts, such as a stream of events, does not.
 */
const REVOKED_MS = 10_000;

/**
 * Answers every request without a key in force with 401, before anything else is looked at. Answers
 * how to end the watch over those in flight.
 */
export function requireKey(app: FastifyInstance, options: RequireKeyOptions): () => void {
  const { keys, openPaths } = options;
  const inFlight = new Map<ServerResponse, Admission>();
  function forget(this: ServerResponse): void {
    inFlight.delete(this);
  }
  app.addHook('onRequest', (request, reply, done) => {
    const admission = keys.admit(request.raw.headers[API_KEY_HEADER]);
    if (admission !== undefined) {
      inFlight.set(reply.raw, admission);
      reply.raw.once('close', forget);
      done();
    } else if (isOpen(request, openPaths)) {
      done();
    } else {
      refuseKeyless(request, reply, options.log);
    }
  });
  const endRevoked = (): void => {
    for (const [response, admission] of inFlight) {
      if (!keys.isInForce(admission)) {
        response.destroy();
      }
    }
  };
  return keys.onChange(() => setTimeout(endRevoked, REVOKED_MS).unref());
}

/** Quick's words, and the same ones whatever was wrong. */
export function refuseKeyless(request: FastifyRequest, reply: FastifyReply, log: Log): void {
  log.debug({ from: request.ip, requestId: request.id }, 'a request without a key was refused');
  reply.header('www-authenticate', API_KEY_CHALLENGE);
  replyWithProblem(new AppError('UNAUTHENTICATED', NO_KEY_DETAIL), request, reply, log);
}

function isOpen({ method, raw }: FastifyRequest, openPaths: ReadonlySet<string>): boolean {
  return (method === 'GET' || method === 'HEAD') && openPaths.has(pathOf(raw.url ?? ''));
}
