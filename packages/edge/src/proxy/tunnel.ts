import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { connect, Socket, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Destination } from '../route/destination.ts';
import { carry } from './carry.ts';
import { responseHeaders, upgradeHeaders } from './headers.ts';
import type { OpenRequests } from './open-requests.ts';
import { rawHead } from './raw-answer.ts';
import { toUpstreamError } from './upstream-error.ts';

export interface TunnelOptions {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Data that the client has already sent after its request. */
  readonly head: Buffer;
  readonly destination: Destination;
  readonly url: string;
  readonly prefix: string;
  readonly openRequests: OpenRequests;
  readonly connectMs: number;
  readonly answerMs: number;
  readonly stallMs: number;
  /** Called with the status of the service; 101 if the tunnel is open. */
  readonly onAnswer: (status: number) => void;
  /**
   * Called if no service responded. Nothing was sent to the client, so the caller must send the
   * error.
   */
  readonly onRefused: (error: Error) => void;
}

const ADDRESSES_MAX = 3;
const KEEP_ALIVE_MS = 60_000;

/**
 * One WebSocket. The service answers the handshake, and then bytes are copied unchanged both ways.
 * A response other than an upgrade is forwarded to the client.
 */
export class Tunnel {
  readonly #options: TunnelOptions;
  #outgoing: ClientRequest | undefined;
  #upstream: Duplex | undefined;
  #timer: NodeJS.Timeout | undefined;
  #release: (() => void) | undefined;
  #attempt = 0;
  #isDone = false;

  constructor(options: TunnelOptions) {
    this.#options = options;
    const { socket } = options;
    socket.once('close', () => this.#sideClosed(socket, this.#upstream));
  }

  start(): void {
    const { request, destination, openRequests, url, prefix, connectMs, answerMs } = this.#options;
    const address = destination.addresses[this.#attempt] ?? '';
    try {
      this.#release?.();
      this.#release = openRequests.take(address, destination.label);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    const { hostname, port } = new URL(`http://${address}`);
    let isSent = false;
    let outgoing: ClientRequest;
    try {
      outgoing = httpRequest({
        hostname: hostname.replaceAll(/[[\]]/g, ''),
        port: port === '' ? 80 : Number(port),
        path: url,
        headers: upgradeHeaders(request, prefix, address),
        setHost: false,
        createConnection: connectHalfOpen,
      });
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#outgoing = outgoing;
    this.#deadline(outgoing, connectMs, 'EDGE_CONNECT_TIMEOUT');
    outgoing.once('socket', (socket) => {
      socket.once('connect', () => {
        isSent = true;
        this.#deadline(outgoing, answerMs, 'EDGE_ANSWER_TIMEOUT');
      });
    });
    outgoing.once('upgrade', (answer, upstream, head) => this.#open(answer, upstream, head));
    outgoing.once('response', (answer) => this.#answerOnly(answer));
    outgoing.once('error', (error) => this.#failed(error, isSent));
    outgoing.end();
  }

  /** Destroys both connections. */
  close(): void {
    clearTimeout(this.#timer);
    this.#release?.();
    this.#isDone = true;
    this.#outgoing?.on('error', ignoreReset).destroy();
    this.#upstream?.destroy();
    this.#options.socket.destroy();
  }

  #open(answer: IncomingMessage, upstream: Duplex, head: Buffer): void {
    clearTimeout(this.#timer);
    const { socket, onAnswer, stallMs } = this.#options;
    this.#upstream = upstream;
    upstream.on('error', ignoreReset);
    if (this.#isDone) {
      upstream.destroy();
      return;
    }
    onAnswer(101);
    keepAlive(socket);
    keepAlive(upstream);
    socket.write(rawHead(101, answer.statusMessage ?? '', answer.rawHeaders));
    socket.write(head);
    upstream.write(this.#options.head);
    const onBroken = (): void => this.close();
    carry(upstream, socket, { stallMs, onBroken });
    carry(socket, upstream, { stallMs, onBroken });
    upstream.once('close', () => this.#sideClosed(upstream, socket));
  }

  /** After an orderly end, the other side can still read pending data. */
  #sideClosed(side: Duplex, other: Duplex | undefined): void {
    if (!side.readableEnded || other === undefined || other.destroyed) {
      this.close();
    }
  }

  #answerOnly(answer: IncomingMessage): void {
    clearTimeout(this.#timer);
    const { socket, onAnswer, stallMs } = this.#options;
    const status = answer.statusCode ?? 502;
    onAnswer(status);
    const headers = [...responseHeaders(answer.rawHeaders), 'connection', 'close'];
    socket.write(rawHead(status, answer.statusMessage ?? '', headers));
    answer.once('error', () => this.close());
    carry(answer, socket, { stallMs, onBroken: () => this.close() });
  }

  #failed(error: Error, isSent: boolean): void {
    if (this.#isDone) {
      return;
    }
    clearTimeout(this.#timer);
    this.#attempt += 1;
    const { addresses, label } = this.#options.destination;
    if (!isSent && this.#attempt < Math.min(addresses.length, ADDRESSES_MAX)) {
      this.start();
      return;
    }
    this.#refuse(toUpstreamError(error, label, isSent));
  }

  #refuse(error: unknown): void {
    clearTimeout(this.#timer);
    this.#isDone = true;
    this.#release?.();
    this.#options.onRefused(error instanceof Error ? error : new Error(String(error)));
  }

  #deadline(outgoing: ClientRequest, ms: number, code: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      outgoing.destroy(Object.assign(new Error(`no response within ${ms} ms`), { code }));
    }, ms);
  }
}

/** A service that ends its side first can still receive pending data from the client. */
function connectHalfOpen(options: object): Socket {
  return connect({ ...options, allowHalfOpen: true } as NetConnectOpts);
}

/** An idle socket is fine. TCP keep-alive detects a machine that is gone. */
function keepAlive(socket: Duplex): void {
  if (socket instanceof Socket) {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
  }
}

function ignoreReset(): void {
  // The close event follows and closes the other side.
}
