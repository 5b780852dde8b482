import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * The body of a request, in order and complete. It reads nothing from the client before it is read
 * itself. So a request that was refused by one address can go to another.
 *
 * The request itself cannot be used: undici destroys a body if the service responds early, and a
 * destroyed request stops reading from its connection. This stream only detaches, and the rest of
 * the body is discarded. Many clients read the response only after they have sent everything.
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

  /** Whether any data was read from the client. */
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
