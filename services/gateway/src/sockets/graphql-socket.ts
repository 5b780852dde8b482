import type { IncomingMessage } from 'node:http';

import type { Log } from '@quicksilver/common/lifecycle/log';
import { CloseCode } from 'graphql-ws';
import type { RawData, WebSocket } from 'ws';

import { cutDeepMessage } from './deep-message.ts';
import { MessageRate } from './message-rate.ts';
import type { SocketExtra, SocketProtocol } from './socket-protocol.ts';

export interface GraphqlSocketOptions {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly protocol: SocketProtocol;
  readonly log: Log;
  readonly keepAliveMs: number;
  readonly messagesPerSecondMax: number;
  readonly onClosing: (code: number) => void;
  /** Called if the socket is not read for a while, because its client exceeds the rate. */
  readonly onPause: () => void;
}

/** One open WebSocket. */
export interface GraphqlSocket {
  readonly extra: SocketExtra;
  close(code: number, reason: string): void;
  /** Resolves when no operation runs on it, or when the signal aborts. */
  untilIdle(signal: AbortSignal): Promise<void>;
}

/** A burst may have as many messages as this many seconds allow. */
const BURST_SECONDS = 10;

/**
 * Runs the protocol on one WebSocket. It reads at most at the rate of messages, applies
 * backpressure to sends, and closes a socket that does not answer pings. A client that does not
 * read cannot answer them.
 */
export function runGraphqlSocket(options: GraphqlSocketOptions): GraphqlSocket {
  const { socket, request, protocol, log } = options;
  const gone = new AbortController();
  const close = (code: number, reason: string): void => {
    if (socket.readyState === socket.OPEN) {
      options.onClosing(code);
      socket.resume();
      socket.close(code, reason);
    }
  };
  const pacer = new Pacer(options);
  let receive: ((text: string) => Promise<void>) | undefined;
  const extra: SocketExtra = { request, signal: gone.signal, close };
  const operations = new Operations();
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) => sent(socket, data),
      close: (code = CloseCode.InternalServerError, reason = '') => close(code, reason),
      onMessage: (callback) => {
        receive = callback;
      },
    },
    extra,
  );
  socket.on('message', (data, isBinary) => {
    pacer.count();
    if (isBinary) {
      close(CloseCode.BadRequest, 'Binary messages are not part of the protocol');
    } else if (socket.readyState === socket.OPEN) {
      // Settles when everything that the message started has ended.
      operations.add(
        receive?.(cutDeepMessage(textOf(data))).catch((error: unknown) => {
          log.error({ err: error }, 'a WebSocket message failed with an unexpected error');
          close(CloseCode.InternalServerError, 'Internal server error');
        }),
      );
    }
  });
  // For example a message over the size limit. The library closes the socket.
  socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
  const stopPinging = keepAlive(socket, options.keepAliveMs);
  socket.once('close', (code, reason) => {
    stopPinging();
    pacer.stop();
    gone.abort();
    Promise.resolve(closed(code, reason.toString())).catch((error: unknown) => {
      log.error({ err: error }, 'a WebSocket could not be cleaned up');
    });
  });
  return { extra, close, untilIdle: (signal) => operations.untilIdle(signal) };
}

/**
 * Stops to read the socket while its client exceeds the rate. TCP then slows the client down. The
 * messages that were received together are still handled. A close code would be worse: clients take
 * those of the protocol as final, and all subscriptions of the socket would end.
 */
class Pacer {
  readonly #options: GraphqlSocketOptions;
  readonly #rate: MessageRate;
  #resume: NodeJS.Timeout | undefined;

  constructor(options: GraphqlSocketOptions) {
    const { messagesPerSecondMax: max } = options;
    this.#options = options;
    this.#rate = new MessageRate(max, max * BURST_SECONDS, performance.now());
  }

  /** Counts a message. */
  count(): void {
    const { socket, onPause } = this.#options;
    const pauseMs = this.#rate.take(performance.now());
    if (pauseMs === 0) {
      return;
    }
    if (!socket.isPaused) {
      onPause();
      socket.pause();
    }
    clearTimeout(this.#resume);
    this.#resume = setTimeout(() => socket.resume(), pauseMs);
  }

  stop(): void {
    clearTimeout(this.#resume);
  }
}

class Operations {
  readonly #running = new Set<Promise<void>>();

  add(running: Promise<void> | undefined): void {
    if (running !== undefined) {
      this.#running.add(running);
      void running.then(() => this.#running.delete(running));
    }
  }

  async untilIdle(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(this.#running), aborted]);
  }
}

/**
 * Resolves when the data has left this process, so that one operation queues at most one message.
 */
function sent(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) {
      resolve();
      return;
    }
    // A socket that fails also closes, which ends its operations.
    socket.send(data, () => resolve());
  });
}

/** Pings, and closes the connection if there is no answer within an interval. */
function keepAlive(socket: WebSocket, intervalMs: number): () => void {
  let isAnswered = true;
  socket.on('pong', () => {
    isAnswered = true;
  });
  const timer = setInterval(() => {
    // The answer may have arrived, but a paused socket is not read.
    if (socket.isPaused) {
      return;
    }
    if (!isAnswered) {
      socket.terminate();
      return;
    }
    isAnswered = false;
    socket.ping();
  }, intervalMs);
  return () => clearInterval(timer);
}

function textOf(data: RawData): string {
  return Array.isArray(data)
    ? Buffer.concat(data).toString()
    : Buffer.from(data as Buffer).toString();
}
