import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

import { lingerAfter } from '@quicksilver/common/http/linger';
import type { Dispatcher } from 'undici';

import type { Destination } from '../route/destination.ts';
import { hasBody, requestHeaders, responseHeaders } from './headers.ts';
import type { Load } from './load.ts';
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
  readonly load: Load;
  readonly stallMs: number;
  /** The answer is there; from now on it belongs to the exchange. */
  readonly onAnswer: () => void;
  /** There will be no answer, and nothing was sent to the client: somebody has to tell it. */
  readonly onRefused: (error: Error) => void;
}

/** Addresses that one request tries, where each refuses the connection. */
const ADDRESSES_MAX = 3;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What Node writes into a status line; in place of anything else it writes its own text. */
const REASON = /^[\t\x20-\x7e]*$/;

/**
 * One request on its way to a service, and the answer on its way back, piece by piece: the side that
 * reads slowly holds the other one up. Whichever side leaves, the other one is told.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #headers: string[];
  readonly #body: RequestBody | undefined;
  readonly #stall: Stall;
  /** Of the attempt that is under way; undefined until it has a connection. */
  #controller: Dispatcher.DispatchController | undefined;
  #attempt = 0;
  #isRepeated = false;
  #isDone = false;
  #isEventStream = false;
  #giveBack: (() => void) | undefined;

  constructor(options: ExchangeOptions) {
    const { request, response, prefix, stallMs } = options;
    this.#options = options;
    this.#headers = requestHeaders(request, prefix);
    this.#body = hasBody(request) ? new RequestBody(request) : undefined;
    this.#stall = new Stall(stallMs, () => this.cut());
    response.once('close', this.#closed);
  }

  /** Whether the answer is a stream of events, which has no end of its own. */
  get isEventStream(): boolean {
    return this.#isEventStream;
  }

  start(): void {
    const { request, destination, url, dispatcher, load } = this.#options;
    const address = destination.addresses[this.#attempt] ?? '';
    this.#controller = undefined;
    try {
      this.#giveBack?.();
      this.#giveBack = load.take(address, destination.label);
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
      },
      this,
    );
  }

  /** Ends it in the middle, so that the client cannot take what it has for the whole. */
  cut(): void {
    this.#options.response.destroy();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isDone) {
      controller.abort(new Error('the client went away'));
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
    const { response, onAnswer } = this.#options;
    // A list if the service sends it twice.
    this.#isEventStream = String(headers['content-type']).startsWith('text/event-stream');
    const reason = statusText !== undefined && REASON.test(statusText) ? statusText : undefined;
    response.writeHead(status, reason, responseHeaders(latin1(controller.rawHeaders)));
    onAnswer();
    // Without a length it may be a stream whose first piece comes late.
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
      this.cut();
      return;
    }
    if (this.#mayTryAgain()) {
      this.start();
      return;
    }
    const isSent = this.#controller !== undefined;
    this.#refuse(toUpstreamError(error, this.#options.destination.label, isSent));
  }

  /** What was refused goes to the next replica; what broke off only where a repetition does no harm. */
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
    // An idle connection that the service was just closing looks like this.
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

  /** A pipelined answer waits for the one before it: the client can take it only from then on. */
  #watch(): void {
    const { response } = this.#options;
    if (response.socket === null) {
      response.once('socket', () => this.#watch());
    } else if (!this.#isDone && response.writableLength > 0) {
      this.#stall.begin();
    }
  }

  #release(): void {
    this.#giveBack?.();
    this.#giveBack = undefined;
  }

  readonly #closed = (): void => {
    this.#isDone = true;
    this.#stall.end();
    this.#release();
    if (!this.#options.response.writableEnded) {
      this.#controller?.abort(new Error('the client went away'));
    }
  };
}

/** Bytes as they are: a header is not text of any character set that the edge would know. */
function latin1(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) {
    throw new Error('the headers of an answer have an unknown form');
  }
  return raw.map((each) => (typeof each === 'string' ? each : each.toString('latin1')));
}
