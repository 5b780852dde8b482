import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { Agent } from 'undici';

import type { Destination } from '../route/destination.ts';
import { Exchange } from './exchange.ts';
import type { OpenRequests } from './open-requests.ts';

export interface ForwarderOptions {
  readonly openRequests: OpenRequests;
  /** Maximum number of connections to each address. */
  readonly connectionsMax: number;
  readonly connectMs: number;
  /** Milliseconds that a side may leave pending data unread. */
  readonly stallMs: number;
}

export interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly destination: Destination;
  readonly url: string;
  readonly prefix: string;
  /** Milliseconds from the end of the request to the start of the response. */
  readonly answerMs: number;
  /**
   * See `ExchangeOptions`. Exactly one of the two is called, unless the client disconnects first.
   */
  readonly onAnswer: () => void;
  readonly onRefused: (error: Error) => void;
}

/**
 * Forwards HTTP requests over pooled connections. It uses the dispatcher of undici, because
 * existing proxies close idle streams, do not limit connections, or hide whether a request was
 * sent.
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
      // An event stream may be idle. TCP keep-alive detects a dead connection.
      bodyTimeout: 0,
    });
  }

  /** Number of requests without a complete response. */
  get size(): number {
    return this.#open.size;
  }

  async start(_context: PartContext): Promise<void> {
    // Connections are opened on demand.
  }

  forward(forwarding: Forwarding): void {
    const exchange = new Exchange({
      ...forwarding,
      dispatcher: this.#agent,
      openRequests: this.#options.openRequests,
      stallMs: this.#options.stallMs,
      onAnswer: () => {
        forwarding.onAnswer();
        // Otherwise the stream would stay open until the drain deadline.
        if (this.#isDraining) {
          this.#cutStreams();
        }
      },
    });
    this.#open.add(exchange);
    forwarding.response.once('close', () => this.#open.delete(exchange));
    exchange.start();
  }

  /** Closes event streams, because they have no end. Their clients reconnect. */
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
