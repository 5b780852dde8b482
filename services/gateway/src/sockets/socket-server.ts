import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { credentialsIn } from '@quicksilver/common/http/api-key-check';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';

import { runGraphqlSocket, type GraphqlSocket } from './graphql-socket.ts';
import { LEGACY_PROTOCOL, legacyProtocol } from './legacy-protocol.ts';
import { SocketOperations, type SocketOperationsOptions } from './socket-operations.ts';
import type { SocketProtocol } from './socket-protocol.ts';
import { transportProtocol } from './transport-protocol.ts';

export interface SocketServerOptions extends SocketOperationsOptions {
  /** Bytes of one message from a client. */
  readonly messageBytesMax: number;
  /** The sustained rate of messages of one client. */
  readonly messagesPerSecondMax: number;
  /** Milliseconds between pings. A client that does not answer one is gone. */
  readonly keepAliveMs: number;
  readonly onClosing: (code: number) => void;
  /** Called if a socket is not read for a while, because its client exceeds the rate. */
  readonly onPause: () => void;
}

/** The second path is that of bakdata Quick. */
const URL_PATHS: ReadonlySet<string> = new Set(['/graphql', '/graphql-ws']);
/** If a client offers several, the first of this list is used. */
const PROTOCOLS = [GRAPHQL_TRANSPORT_WS_PROTOCOL, LEGACY_PROTOCOL];
const GOING_AWAY = 1001;
/** A client that does not read must not delay the stop as long as work in flight may. */
const DRAIN_MS = 2_000;
/** Milliseconds in which `connection_init` must arrive. */
const INIT_MS = 3_000;
/** The interval of bakdata Quick. */
const LEGACY_KEEP_ALIVE_MS = 15_000;

/** GraphQL over WebSocket, in the protocol that the client offers. */
export class SocketServer implements Part {
  readonly name = 'websocket';
  readonly #options: SocketServerOptions;
  readonly #sockets: WebSocketServer;
  readonly #legacy: SocketProtocol;
  readonly #transport: SocketProtocol;
  readonly #open = new Map<WebSocket, GraphqlSocket>();
  #endWatch: (() => void) | undefined;
  #isDraining = false;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    const operations = new SocketOperations(options);
    this.#legacy = legacyProtocol(operations, {
      initMs: INIT_MS,
      keepAliveMs: LEGACY_KEEP_ALIVE_MS,
    });
    this.#transport = transportProtocol(operations, { initMs: INIT_MS });
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.messageBytesMax,
      perMessageDeflate: false,
      // A client that offers only unknown protocols connects and is then closed with 4406.
      handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
    });
  }

  /** Open sockets. */
  get size(): number {
    return this.#sockets.clients.size;
  }

  /** Handles the upgrades of an HTTP server. */
  readonly attach = (server: Server): void => {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  };

  async start(_context: PartContext): Promise<void> {
    // Sockets arrive through the HTTP server.
    this.#endWatch = this.#options.keys.onChange(this.#closeRevoked);
  }

  /** Operations may end and send their results before their sockets close. */
  async drain(deadline: AbortSignal): Promise<void> {
    this.#isDraining = true;
    const signal = AbortSignal.any([deadline, AbortSignal.timeout(DRAIN_MS)]);
    await Promise.all(
      [...this.#open].map(async ([socket, operations]) => {
        await operations.untilIdle(signal);
        socket.close(GOING_AWAY, 'Going away');
        await closed(socket, signal);
      }),
    );
  }

  async stop(): Promise<void> {
    this.#isDraining = true;
    this.#endWatch?.();
    for (const socket of this.#sockets.clients) {
      socket.terminate();
    }
    this.#sockets.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignoreReset);
    const { keys } = this.#options;
    if (!URL_PATHS.has((request.url ?? '').split('?', 1)[0] ?? '')) {
      const isKnown = keys.admit(credentialsIn(request.headers)) !== undefined;
      refuse(socket, isKnown ? '404 Not Found' : '401 Unauthorized');
    } else if (this.#isDraining) {
      refuse(socket, '503 Service Unavailable');
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        const { log, keepAliveMs, messagesPerSecondMax, onClosing, onPause } = this.#options;
        const running = runGraphqlSocket({
          socket: opened,
          request,
          protocol: this.#protocolOf(opened, request),
          log,
          keepAliveMs,
          messagesPerSecondMax,
          onClosing,
          onPause,
        });
        this.#open.set(opened, running);
        opened.once('close', () => this.#open.delete(opened));
      });
    }
  }

  /** Front ends of bakdata Quick name no subprotocol, and use the older one. */
  #protocolOf({ protocol }: WebSocket, { headers }: IncomingMessage): SocketProtocol {
    const offered = headers['sec-websocket-protocol'];
    return protocol === LEGACY_PROTOCOL || offered === undefined ? this.#legacy : this.#transport;
  }

  readonly #closeRevoked = (): void => {
    const { keys } = this.#options;
    for (const open of this.#open.values()) {
      const { admission } = open.extra;
      if (admission !== undefined && !keys.isInForce(admission)) {
        open.close(CloseCode.Forbidden, 'Forbidden');
      }
    }
  };
}

function closed(socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function ignoreReset(): void {
  // The client left during the handshake.
}
