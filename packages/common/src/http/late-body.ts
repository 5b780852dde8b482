import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { AppError } from '../errors/app-error.ts';

/** The last body on a connection. */
interface Body {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** What the socket had read at the last check. Undefined before the first one. */
  bytesRead: number | undefined;
}

/**
 * Rejects requests whose bodies do not arrive. The response goes through the reply, so that the end
 * of the body cannot cause a second one. One timer checks the bodies of all connections, because
 * timers and listeners of its own would take a part of the time of every short request.
 */
export class LateBodies {
  readonly #pauseMs: number;
  readonly #bodies = new Map<Socket, Body>();
  #timer: NodeJS.Timeout | undefined;

  /** `pauseMs` is the time between checks. A client must send something between two of them. */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** Called before the body is read. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    const { raw } = request;
    if (raw.complete || !hasBody(raw.headers)) {
      return;
    }
    this.#bodies.set(raw.socket, { request, reply, bytesRead: undefined });
    this.#timer ??= setInterval(() => this.#look(), this.#pauseMs).unref();
  }

  /** Rejects the request of this response. Returns false if its body is not incomplete. */
  refuse(response: ServerResponse): boolean {
    const { socket } = response.req;
    const body = this.#bodies.get(socket);
    if (body?.reply.raw !== response || isOver(body)) {
      return false;
    }
    this.#refuse(socket, body);
    return true;
  }

  #look(): void {
    for (const [socket, body] of this.#bodies) {
      if (socket.destroyed || isOver(body)) {
        this.#bodies.delete(socket);
        // Unread bytes wait for the handler, not for the client.
      } else if (socket.bytesRead === body.bytesRead && body.request.raw.readableLength === 0) {
        this.#refuse(socket, body);
      } else {
        body.bytesRead = socket.bytesRead;
      }
    }
    if (this.#bodies.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #refuse(socket: Socket, { reply }: Body): void {
    this.#bodies.delete(socket);
    reply.send(new AppError('REQUEST_TIMEOUT', 'The body of the request did not arrive in time.'));
  }
}

/** Whether nothing is left to reject. */
function isOver({ request, reply }: Body): boolean {
  return request.raw.complete || reply.sent || reply.raw.headersSent;
}

/** RFC 9112, section 6.3. When its headers arrive, a request without a body is incomplete too. */
function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
