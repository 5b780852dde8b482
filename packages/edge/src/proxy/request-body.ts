import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * The body of a request, in its order and to its end. It takes nothing from the client before it is
 * read, so a request that met a closed port can go to another one.
 *
 * The request itself would do, but for one thing: undici destroys a body when the service answers
 * early, and a destroyed request stops reading from its connection. This one only lets go, and the
 * rest of what the client sends is dropped: many clients read their answer only after that.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  #isBegun = false;

  constructor(request: IncomingMessage) {
    super();
    this.#request = request;
    // The reader handles errors; without this listener a late one would end the process.
    this.on('error', ignoreLateError);
  }

  /** Whether anything of it was taken from the client. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  override _read(): void {
    const request = this.#request;
    if (!this.#isBegun) {
      this.#isBegun = true;
      request.on('data', this.#onData).once('end', this.#onEnd).once('close', this.#onClose);
    }
    request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#isBegun) {
      const request = this.#request;
      request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
      request.resume();
    }
    callback(error);
  }

  readonly #onData = (piece: Buffer): void => {
    if (!this.push(piece)) {
      this.#request.pause();
    }
  };

  readonly #onEnd = (): void => void this.push(null);

  readonly #onClose = (): void => {
    if (!this.#request.readableEnded) {
      this.destroy(new Error('the client closed the connection'));
    }
  };
}

function ignoreLateError(): void {
  // The exchange is over.
}
