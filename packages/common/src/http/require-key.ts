import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

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

/** What was let through last on a connection. */
interface Admitted {
  response: ServerResponse;
  admission: Admission;
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
  const inFlight = new InFlight();
  app.addHook('onRequest', (request, reply, done) => {
    const admission = keys.admit(request.raw.headers[API_KEY_HEADER]);
    if (admission !== undefined) {
      inFlight.add(reply.raw, admission);
      done();
    } else if (isOpen(request, openPaths)) {
      done();
    } else {
      refuseKeyless(request, reply, options.log);
    }
  });
  return keys.onChange(() =>
    setTimeout(() => inFlight.end((admission) => !keys.isInForce(admission)), REVOKED_MS).unref(),
  );
}

/** Quick's words, and the same ones whatever was wrong. */
export function refuseKeyless(request: FastifyRequest, reply: FastifyReply, log: Log): void {
  log.debug({ from: request.ip, requestId: request.id }, 'a request without a key was refused');
  reply.header('www-authenticate', API_KEY_CHALLENGE);
  replyWithProblem(new AppError('UNAUTHENTICATED', NO_KEY_DETAIL), request, reply, log);
}

/**
 * Which key each answer that is under way was asked with. Kept by connection, of which there are few:
 * to follow the end of every answer would cost more than the check of its key.
 */
class InFlight {
  readonly #last = new Map<Socket, Admitted>();
  /** Answers that another one of their connection waits for. */
  readonly #before = new Map<ServerResponse, Admission>();

  add(response: ServerResponse, admission: Admission): void {
    const { socket } = response.req;
    const last = this.#last.get(socket);
    if (last === undefined) {
      this.#last.set(socket, { response, admission });
      socket.once('close', () => this.#last.delete(socket));
      return;
    }
    const { response: earlier } = last;
    if (!isDone(earlier)) {
      this.#before.set(earlier, last.admission);
      earlier.once('close', () => this.#before.delete(earlier));
    }
    last.response = response;
    last.admission = admission;
  }

  /** Cuts the answers whose key is not wanted any more. */
  end(isRevoked: (admission: Admission) => boolean): void {
    for (const { response, admission } of this.#last.values()) {
      if (!isDone(response) && isRevoked(admission)) {
        response.req.socket.destroy();
      }
    }
    for (const [response, admission] of this.#before) {
      if (isRevoked(admission)) {
        response.req.socket.destroy();
      }
    }
  }
}

function isDone(response: ServerResponse): boolean {
  return response.writableFinished || response.destroyed;
}

function isOpen({ method, raw }: FastifyRequest, openPaths: ReadonlySet<string>): boolean {
  return (method === 'GET' || method === 'HEAD') && openPaths.has(pathOf(raw.url ?? ''));
}
