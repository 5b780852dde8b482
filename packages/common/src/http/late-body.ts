import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { AppError } from '../errors/app-error.ts';

/**
 * Rejects requests whose bodies do not arrive. The response goes through the reply, so that the end
 * of the body cannot cause a second one.
 */
export class LateBodies {
  readonly #pauseMs: number;
  /** Requests whose body is incomplete. */
  readonly #refusals = new WeakMap<ServerResponse, () => void>();

  /** `pauseMs` is the time between checks. A client must send something between two of them. */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  watch(app: FastifyInstance): void {
    app.addHook('preParsing', (request, reply, payload, done) => {
      if (!request.raw.complete && hasBody(request.raw.headers)) {
        this.#watchBody(request, reply);
      }
      done(null, payload);
    });
  }

  /** Rejects the request of this response. Returns false if its body is not incomplete. */
  refuse(response: ServerResponse): boolean {
    const refuse = this.#refusals.get(response);
    refuse?.();
    return refuse !== undefined;
  }

  #watchBody({ raw }: FastifyRequest, reply: FastifyReply): void {
    const { socket } = raw;
    let bytes = socket.bytesRead;
    const refuse = (): void => {
      clearInterval(timer);
      if (!raw.complete && !reply.sent && !reply.raw.headersSent) {
        reply.send(
          new AppError('REQUEST_TIMEOUT', 'The body of the request did not arrive in time.'),
        );
      }
    };
    const timer = setInterval(() => {
      // Unread bytes wait for the handler, not for the client.
      if (socket.bytesRead === bytes && raw.readableLength === 0) {
        refuse();
      }
      bytes = socket.bytesRead;
    }, this.#pauseMs);
    timer.unref();
    this.#refusals.set(reply.raw, refuse);
    const end = (): void => {
      clearInterval(timer);
      this.#refusals.delete(reply.raw);
    };
    raw.once('end', end);
    reply.raw.once('close', end);
  }
}

/** RFC 9112, section 6.3. When its headers arrive, a request without a body is incomplete too. */
function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
