import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

import { lingerAfter } from '@quicksilver/common/http/linger';
import type { Dispatcher } from 'undici';

import type { Destination } from '../route/destination.ts';
import { hasBody, requestHeaders, responseHeaders } from './headers.ts';
import type { OpenRequests } from './open-requests.ts';
import { RequestBody } from './request-body.ts';
import { Stall } from './stall.ts';
import { toUpstreamError } from './upstream-error.ts';

export interface ExchangeOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly destination: Destination;
  readonly url: string;
  readonly prefix: string;
  readonly dispatcher: Dispatcher;
  readonly openRequests: OpenRequests;
  /** Milliseconds from the end of the request to the start of the response. */
  readonly answerMs: number;
  readonly stallMs: number;
  /** Called when the response starts. From now on the exchange writes it. */
  readonly onAnswer: () => void;
  /**
   * Called if there is no response. Nothing was sent to the client, so the caller must send the
   * error.
   */
  readonly onRefused: (error: Error) => void;
}

/** Maximum number of addresses to try if each refuses the connection. */
const ADDRESSES_MAX = 3;
/** A service that sends one of these does not read the rest of the body. */
const REJECTS_BODY = new Set([408, 413]);
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Characters that Node accepts in a status line. For others it uses its default text. */
const REASON = /^[\t\x20-\x7e]*$/;

/**
 * One request to a service and its response, streamed with backpressure in both directions. If one
 * side disconnects, the other side is closed.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #headers: string[];
  readonly #body: RequestBody | undefined;
  readonly #stall: Stall;
  /** The controller of the current attempt. Undefined until it has a connection. */
  #controller: Dispatcher.DispatchController | undefined;
  #attempt = 0;
  #isRepeated = false;
  #isDone = false;
  /** Whether the response comes from the service. */
  #isBegun = false;
  #isEventStream = false;
  #releaseSlot: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    const { request, response, prefix, stallMs } = options;
    this.#options = options;
    this.#headers = requestHeaders(request, prefix);
    this.#body = hasBody(request) ? new RequestBody(request) : undefined;
    this.#stall = new Stall(stallMs, () => this.cut());
    response.once('close', this.#closed);
  }

  /** Whether the response is an event stream, which has no defined end. */
  get isEventStream(): boolean {
    return this.#isEventStream;
  }

  start(): void {
    const { request, destination, url, dispatcher, openRequests, answerMs } = this.#options;
    const address = destination.addresses[this.#attempt] ?? '';
    this.#controller = undefined;
    try {
      this.#releaseSlot?.();
      this.#releaseSlot = openRequests.take(address, destination.label);
    } catch (error) {
      this.#refuse(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    dispatcher.dispatch(
      {
        origin: `http://${address}`,
        path: url,
        method: request.method ?? 'GET',
        headers: this.#headers,
        body: this.#body ?? null,
        headersTimeout: answerMs,
      },
      this,
    );
  }

  /**
   * Destroys the connection, so that the client does not mistake a partial response for a complete
   * one.
   */
  cut(): void {
    this.#options.response.destroy();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isDone) {
      controller.abort(new Error('the client disconnected'));
    }
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText?: string,
  ): void {
    if (status < 200 || this.#isDone) {
      return;
    }
    const { request, response, onAnswer } = this.#options;
    if (response.headersSent) {
      // The edge has rejected the body, which hardly arrives.
      this.#isDone = true;
      controller.abort(new Error('the edge rejected the request'));
      return;
    }
    // An array if the service sends the header twice.
    this.#isEventStream = String(headers['content-type']).startsWith('text/event-stream');
    const reason = statusText !== undefined && REASON.test(statusText) ? statusText : undefined;
    const forwarded = withSharing(response, responseHeaders(latin1(controller.rawHeaders)));
    if (REJECTS_BODY.has(status) && !request.complete) {
      // As the service does. Otherwise the client would get another error for the same body.
      forwarded.push('connection', 'close');
    }
    response.writeHead(status, reason, forwarded);
    this.#isBegun = true;
    onAnswer();
    // Without a length it may be a stream that sends its first data late.
    if (headers['content-length'] === undefined) {
      // Not flushHeaders: that writes them as UTF-8.
      response.write('', 'latin1');
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#options;
    if (this.#isDone || response.write(chunk)) {
      return;
    }
    controller.pause();
    this.#watch();
    response.once('drain', () => {
      this.#stall.end();
      controller.resume();
    });
  }

  onResponseEnd(): void {
    this.#release();
    lingerAfter(this.#options.request);
    this.#options.response.end();
    this.#watch();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#isDone) {
      return;
    }
    if (this.#options.response.headersSent) {
      if (this.#isBegun) {
        this.cut();
      }
      return;
    }
    if (this.#mayTryAgain()) {
      this.start();
      return;
    }
    const isSent = this.#controller !== undefined;
    this.#refuse(toUpstreamError(error, this.#options.destination.label, isSent));
  }

  /**
   * A refused connection moves on to the next replica. A broken connection is retried only if the
   * method is safe.
   */
  #mayTryAgain(): boolean {
    const { request, destination } = this.#options;
    const { addresses } = destination;
    if (this.#body?.isBegun === true) {
      return false;
    }
    if (this.#controller === undefined) {
      this.#attempt += 1;
      return this.#attempt < Math.min(addresses.length, ADDRESSES_MAX);
    }
    if (this.#isRepeated || !SAFE.has(request.method ?? '')) {
      return false;
    }
    // This happens if the service closes an idle connection at the same moment.
    this.#isRepeated = true;
    this.#attempt = (this.#attempt + 1) % addresses.length;
    return true;
  }

  #refuse(error: Error): void {
    this.#options.response.off('close', this.#closed);
    this.#release();
    this.#isDone = true;
    this.#options.onRefused(error);
  }

  /** A pipelined response waits for the previous one. The client can read it only after that. */
  #watch(): void {
    const { response } = this.#options;
    if (response.socket === null) {
      response.once('socket', () => this.#watch());
    } else if (!this.#isDone && response.writableLength > 0) {
      this.#stall.begin();
    }
  }

  #release(): void {
    this.#releaseSlot?.();
    this.#releaseSlot = undefined;
  }

  readonly #closed = (): void => {
    this.#isDone = true;
    this.#stall.end();
    this.#release();
    if (!this.#isBegun || !this.#options.response.writableEnded) {
      this.#controller?.abort(new Error('the client disconnected'));
    }
  };
}

/** The headers of the service replace those of the edge, which `Vary` has to keep. */
function withSharing(response: ServerResponse, headers: string[]): string[] {
  const vary = response.getHeader('vary');
  return vary === undefined ? headers : [...headers, 'vary', String(vary)];
}

/** Keeps the bytes as they are, because the edge does not know the character set of a header. */
function latin1(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) {
    throw new Error('the headers of an answer have an unknown form');
  }
  return raw.map((each) => (typeof each === 'string' ? each : each.toString('latin1')));
}
