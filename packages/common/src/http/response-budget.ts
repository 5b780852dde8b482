import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { AppError } from '../errors/app-error.ts';
import { SHORT_BYTES } from './stalled-answer.ts';

export interface ResponseLimits {
  /** Bytes of responses that clients have not read yet, over all connections. */
  readonly responseBytesMax: number;
  /** The same for one connection. */
  readonly connectionResponseBytesMax: number;
}

/** The defaults of the options. */
export const RESPONSE_LIMITS: ResponseLimits = {
  responseBytesMax: 268_435_456,
  connectionResponseBytesMax: 67_108_864,
};

/**
 * Bounds the memory of responses to clients that read slowly. A single response may exceed a limit
 * if no other one is pending. Short responses are always sent. An error is one of them.
 */
export class ResponseBudget {
  readonly #limits: ResponseLimits;
  readonly #connections = new Map<Socket, number>();
  readonly #onRefused: (limit: 'response-bytes' | 'connection-response-bytes') => void;
  #bytes = 0;

  /** `onRefused` is called for each request and each response that is rejected. */
  constructor(
    limits: ResponseLimits,
    onRefused: (limit: 'response-bytes' | 'connection-response-bytes') => void,
  ) {
    this.#limits = limits;
    this.#onRefused = onRefused;
  }

  /** Bytes of pending responses. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Why a request must not be handled now. Undefined if it may be. */
  refusal(socket: Socket): AppError | undefined {
    if (this.#bytes === 0) {
      return undefined;
    }
    const { responseBytesMax, connectionResponseBytesMax } = this.#limits;
    return this.#refusalOf(
      this.#bytes >= responseBytesMax,
      this.#pending(socket) >= connectionResponseBytesMax,
    );
  }

  /** Takes the bytes of a response until it closes. Returns an error if they are too many. */
  take(response: ServerResponse, payload: unknown): AppError | undefined {
    const bytes = bytesOf(payload);
    // A response that waits for an earlier one has no socket yet.
    const { socket } = response.req;
    if (bytes <= SHORT_BYTES) {
      return undefined;
    }
    const { responseBytesMax, connectionResponseBytesMax } = this.#limits;
    const pending = this.#pending(socket);
    const refusal = this.#refusalOf(
      this.#bytes > 0 && this.#bytes + bytes > responseBytesMax,
      pending > 0 && pending + bytes > connectionResponseBytesMax,
    );
    if (refusal === undefined) {
      this.hold(response, bytes);
    }
    return refusal;
  }

  /** Counts bytes of a response until it closes. */
  hold(response: ServerResponse, bytes: number): void {
    const { socket } = response.req;
    this.#add(socket, bytes);
    response.once('close', () => this.#add(socket, -bytes));
  }

  #add(socket: Socket, bytes: number): void {
    this.#bytes += bytes;
    const pending = this.#pending(socket) + bytes;
    if (pending === 0) {
      this.#connections.delete(socket);
    } else {
      this.#connections.set(socket, pending);
    }
  }

  #pending(socket: Socket): number {
    return this.#connections.get(socket) ?? 0;
  }

  #refusalOf(isProcessFull: boolean, isConnectionFull: boolean): AppError | undefined {
    const { responseBytesMax, connectionResponseBytesMax } = this.#limits;
    if (isConnectionFull || isProcessFull) {
      this.#onRefused(isConnectionFull ? 'connection-response-bytes' : 'response-bytes');
    }
    if (isConnectionFull) {
      return new AppError(
        'OVERLOADED',
        `This connection has more than ${connectionResponseBytesMax} bytes of responses to read, the limit (QUICK_RESPONSE_BYTES_PER_CONNECTION_MAX). Read them first.`,
        { retryAfterSeconds: 1 },
      );
    }
    return isProcessFull
      ? new AppError(
          'OVERLOADED',
          `Clients have not read ${responseBytesMax} bytes of responses of this process, the limit (QUICK_RESPONSE_BYTES_MAX). Retry later, or request less at once.`,
          { retryAfterSeconds: 1 },
        )
      : undefined;
  }
}

/** A stream has bounded buffers. */
function bytesOf(payload: unknown): number {
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
}
