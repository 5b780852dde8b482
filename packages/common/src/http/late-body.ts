import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { AppError } from '../errors/app-error.ts';

export interface BodyLimits {
  /** Milliseconds after which a body that hardly arrives is rejected. */
  readonly bodyTimeoutMs: number;
  /** The least bytes per second, on average over half of that time. */
  readonly bodyBytesPerSecondMin: number;
}

/** The defaults of the options. */
export const BODY_LIMITS: BodyLimits = { bodyTimeoutMs: 10_000, bodyBytesPerSecondMin: 100 };

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
  readonly #checkMs: number;
  /** The least bytes between two checks. */
  readonly #bytesMin: number;
  readonly #onRefused: () => void;
  readonly #bodies = new Map<Socket, Body>();
  #timer: NodeJS.Timeout | undefined;

  /** `onRefused` is called for each body that hardly arrives. */
  constructor({ bodyTimeoutMs, bodyBytesPerSecondMin }: BodyLimits, onRefused: () => void) {
    this.#checkMs = bodyTimeoutMs / 2;
    this.#bytesMin = Math.max(1, (bodyBytesPerSecondMin * this.#checkMs) / 1_000);
    this.#onRefused = onRefused;
  }

  /** Called before the body is read. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    const { raw } = request;
    if (raw.complete || !hasBody(raw.headers)) {
      return;
    }
    this.#bodies.set(raw.socket, { request, reply, bytesRead: undefined });
    this.#timer ??= setInterval(() => this.#look(), this.#checkMs).unref();
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
      } else if (body.request.raw.readableLength > 0) {
        // Unread bytes wait for the handler, not for the client.
        body.bytesRead = undefined;
      } else if (socket.bytesRead - (body.bytesRead ?? -Infinity) < this.#bytesMin) {
        this.#onRefused();
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
