import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import { Agent } from 'undici';

import type { Destination } from '../route/destination.ts';
import { Exchange } from './exchange.ts';
import type { Load } from './load.ts';

export interface ForwarderOptions {
  readonly load: Load;
  /** Connections to each address. */
  readonly connectionsMax: number;
  readonly connectMs: number;
  /** Milliseconds from the request's end to the head of its answer. */
  readonly answerMs: number;
  /** Milliseconds that a side may take nothing of what waits for it. */
  readonly stallMs: number;
}

export interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly destination: Destination;
  readonly url: string;
  readonly prefix: string;
  /** See `ExchangeOptions`. One of the two is called, once, unless the client leaves first. */
  readonly onAnswer: () => void;
  readonly onRefused: (error: Error) => void;
}

/**
 * HTTP requests to services, over connections that are kept. Written on undici's dispatcher: the
 * proxies that were looked at kill quiet streams by their timeouts, keep no bound on connections, or
 * hide when a request was never sent.
 */
export class Forwarder implements Part {
  readonly name = 'forwarder';
  readonly #options: ForwarderOptions;
  readonly #agent: Agent;
  readonly #open = new Set<Exchange>();
  #isDraining = false;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#agent = new Agent({
      connections: options.connectionsMax,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: options.connectMs, keepAlive: true },
      headersTimeout: options.answerMs,
      // A stream of events may be quiet; a dead connection is found by TCP.
      bodyTimeout: 0,
    });
  }

  /** Requests that have no answer yet, or not all of it. */
  get size(): number {
    return this.#open.size;
  }

  async start(_run: Run): Promise<void> {
    // Connections are made when they are needed.
  }

  forward(forwarding: Forwarding): void {
    const exchange = new Exchange({
      ...forwarding,
      dispatcher: this.#agent,
      load: this.#options.load,
      stallMs: this.#options.stallMs,
      onAnswer: () => {
        forwarding.onAnswer();
        // Nothing else would end it before the deadline of the stop.
        if (this.#isDraining) {
          this.#cutStreams();
        }
      },
    });
    this.#open.add(exchange);
    forwarding.response.once('close', () => this.#open.delete(exchange));
    exchange.start();
  }

  /** Streams of events have no end, so they are cut; their clients connect again. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#cutStreams();
  }

  async stop(): Promise<void> {
    await this.#agent.destroy();
  }

  #cutStreams(): void {
    for (const exchange of this.#open) {
      if (exchange.isEventStream) {
        exchange.cut();
      }
    }
  }
}
