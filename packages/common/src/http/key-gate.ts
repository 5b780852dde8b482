import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

import { AppError } from '../errors/app-error.ts';
import type { Log } from '../lifecycle/log.ts';
import {
  API_KEY_CHALLENGE,
  credentialsIn,
  mayHaveToken,
  NO_KEY_DETAIL,
  type Admission,
  type ApiKeyCheck,
} from './api-key-check.ts';
import { replyWithProblem } from './problem-reply.ts';
import { routeRefusal } from './route-access.ts';

export type OpenRequest = (request: IncomingMessage) => boolean;

export interface KeyGateOptions {
  readonly keys: ApiKeyCheck;
  /** Whether a GET or HEAD request needs no key. */
  readonly isOpen: OpenRequest;
  readonly log: Log;
}

/** The last admitted request of a connection. */
interface Admitted {
  response: ServerResponse;
  admission: Admission;
}

/**
 * Milliseconds that a response may take after its key was revoked. Normal requests finish in this
 * time. Long ones, such as event streams, are cut off.
 */
const REVOKED_MS = 10_000;

/**
 * Admits requests with a valid key, rejects others with 401, and cuts off responses after their key
 * is revoked. It tracks connections, of which there are few. Tracking every response would cost
 * more than the check of its key.
 */
export class KeyGate {
  readonly #options: KeyGateOptions;
  readonly #last = new Map<Socket, Admitted>();
  /** Responses that a later response of their connection waits for. */
  readonly #before = new Map<ServerResponse, Admission>();
  readonly #endWatch: () => void;

  constructor(options: KeyGateOptions) {
    this.#options = options;
    this.#endWatch = options.keys.onChange(() => setTimeout(this.#endRevoked, REVOKED_MS).unref());
  }

  /**
   * The admission of a request with valid credentials. Undefined for a token that was not verified
   * before. Code that responds before the hook must call this.
   */
  admit(request: IncomingMessage, response: ServerResponse): Admission | undefined {
    const last = this.#last.get(request.socket);
    if (last?.response === response) {
      return last.admission;
    }
    const admission = this.#options.keys.admit(credentialsIn(request.headers));
    if (admission !== undefined) {
      this.#remember(request.socket, last, response, admission);
    }
    return admission;
  }

  readonly onRequest = (
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void => {
    const credentials = credentialsIn(request.raw.headers);
    const admission = this.admit(request.raw, reply.raw);
    if (admission !== undefined || !mayHaveToken(credentials)) {
      this.#decide(admission, request, reply, done);
      return;
    }
    void this.#options.keys.verify(credentials).then((verified) => {
      if (verified !== undefined) {
        const { socket } = request.raw;
        this.#remember(socket, this.#last.get(socket), reply.raw, verified);
      }
      this.#decide(verified, request, reply, done);
    });
  };

  #decide(
    admission: Admission | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void {
    if (admission !== undefined) {
      request.caller = admission.caller;
    }
    const refusal = admission && routeRefusal(admission.caller, request);
    if (this.#isOpen(request.raw)) {
      done();
    } else if (admission === undefined) {
      this.refuse(request, reply);
    } else if (refusal !== undefined) {
      done(refusal);
    } else {
      done();
    }
  }

  /** The text of bakdata Quick, the same for every kind of invalid key. */
  refuse(request: FastifyRequest, reply: FastifyReply): void {
    const { log } = this.#options;
    log.debug(
      { from: request.ip, requestId: request.id },
      'rejected a request without a valid key',
    );
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

  #isOpen(request: IncomingMessage): boolean {
    const { method } = request;
    return (method === 'GET' || method === 'HEAD') && this.#options.isOpen(request);
  }
}

function isDone(response: ServerResponse): boolean {
  return response.writableFinished || response.destroyed;
}
