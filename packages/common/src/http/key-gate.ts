import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

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

export interface KeyGateOptions {
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
 * Lets requests with a key in force through, answers the others with 401, and cuts what is under way
 * when its key is taken away. Remembers by connection, of which there are few: to follow the end of
 * every answer would cost more than the check of its key.
 */
export class KeyGate {
  readonly #options: KeyGateOptions;
  readonly #last = new Map<Socket, Admitted>();
  /** Answers that another one of their connection waits for. */
  readonly #before = new Map<ServerResponse, Admission>();
  readonly #endWatch: () => void;

  constructor(options: KeyGateOptions) {
    this.#options = options;
    this.#endWatch = options.keys.onChange(() => setTimeout(this.#endRevoked, REVOKED_MS).unref());
  }

  /** Whether the request has a key in force. Whatever answers before the hook has to ask. */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    const last = this.#last.get(request.socket);
    if (last?.response === response) {
      return true;
    }
    const admission = this.#options.keys.admit(request.headers[API_KEY_HEADER]);
    if (admission === undefined) {
      return false;
    }
    this.#remember(request.socket, last, response, admission);
    return true;
  }

  readonly onRequest = (
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void => {
    if (this.admits(request.raw, reply.raw) || this.#isOpen(request.raw)) {
      done();
    } else {
      this.refuse(request, reply);
    }
  };

  /** Quick's words, and the same ones whatever was wrong. */
  refuse(request: FastifyRequest, reply: FastifyReply): void {
    const { log } = this.#options;
    log.debug({ from: request.ip, requestId: request.id }, 'a request without a key was refused');
    reply.header('www-authenticate', API_KEY_CHALLENGE);
    replyWithProblem(new AppError('UNAUTHENTICATED', NO_KEY_DETAIL), request, reply, log);
  }

  close(): void {
    this.#endWatch();
  }

  #remember(
    socket: Socket,
    last: Admitted | undefined,
    response: ServerResponse,
    admission: Admission,
  ): void {
    if (last === undefined) {
      this.#last.set(socket, { response, admission });
      socket.once('close', () => this.#last.delete(socket));
      return;
    }
    const earlier = last.response;
    if (!isDone(earlier)) {
      this.#before.set(earlier, last.admission);
      earlier.once('close', () => this.#before.delete(earlier));
    }
    last.response = response;
    last.admission = admission;
  }

  readonly #endRevoked = (): void => {
    const { keys } = this.#options;
    for (const [socket, { response, admission }] of this.#last) {
      if (!isDone(response) && !keys.isInForce(admission)) {
        socket.destroy();
      }
    }
    for (const [response, admission] of this.#before) {
      if (!keys.isInForce(admission)) {
        response.req.socket.destroy();
      }
    }
  };

  #isOpen({ method, url }: IncomingMessage): boolean {
    return (
      (method === 'GET' || method === 'HEAD') && this.#options.openPaths.has(pathOf(url ?? ''))
    );
  }
}

function isDone(response: ServerResponse): boolean {
  return response.writableFinished || response.destroyed;
}
