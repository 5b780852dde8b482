import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { AppError } from '@quicksilver/common/errors/app-error';
import { API_KEY_HEADER, type ApiKeyCheck } from '@quicksilver/common/http/api-key-check';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';

import { keepDigits } from '../load/parse-json.ts';
import { formatted, toGraphqlError } from './graphql-error.ts';
import type { NewContext, Served } from './graphql-routes.ts';
import {
  runGraphqlSocket,
  type GraphqlSocket,
  type SocketExtra,
  type SocketProtocol,
} from './graphql-socket.ts';
import { admitSocket } from './socket-key.ts';
import type { PreparedOperation, RunOperation } from './yoga.ts';

export interface SocketServerOptions {
  /** What is served now, asked once for each operation. Throws `AppError` where there is nothing. */
  readonly served: () => Served;
  readonly newContext: NewContext;
  readonly keys: ApiKeyCheck;
  readonly log: Log;
  /** Bytes of one message from a client. */
  readonly messageBytesMax: number;
  /** Messages from one client, sustained. */
  readonly messagesPerSecondMax: number;
  /** Operations that one socket may run at a time. */
  readonly operationsMax: number;
  /** Milliseconds between pings; a peer that does not answer one is gone. */
  readonly keepAliveMs: number;
  /** Milliseconds until `connection_init` has to be here. */
  readonly initMs: number;
  /** Origins of pages that may connect, beside those of this host. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly onClosing: (code: number) => void;
}

const URL_PATH = '/graphql';
const GOING_AWAY = 1001;
/** A client that does not read must not hold the stop up for as long as work in flight may. */
const DRAIN_MS = 2_000;
const NO_POSITIONS = new Map<string, never>();

/** `/graphql` over WebSocket, in the protocol graphql-transport-ws. */
export class SocketServer implements Part {
  readonly name = 'websocket';
  readonly #options: SocketServerOptions;
  readonly #sockets: WebSocketServer;
  readonly #protocol: SocketProtocol;
  readonly #open = new Map<WebSocket, GraphqlSocket>();
  /** How each operation that was prepared is run: with the engine it was prepared by. */
  readonly #runs = new WeakMap<ExecutionArgs, RunOperation>();
  #endWatch: (() => void) | undefined;
  #isDraining = false;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#protocol = this.#makeProtocol();
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.messageBytesMax,
      perMessageDeflate: false,
      // None of ours connects without a protocol, and is then closed with 4406 as the protocol asks.
      handleProtocols,
    });
  }

  /** Open sockets. */
  get size(): number {
    return this.#sockets.clients.size;
  }

  /** Takes the upgrades of an HTTP server. */
  readonly attach = (server: Server): void => {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  };

  async start(_run: Run): Promise<void> {
    // Sockets come through the HTTP server.
    this.#endWatch = this.#options.keys.onChange(this.#closeRevoked);
  }

  /** What runs may come to its end, and the client hears of it, before the socket closes. */
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
    if ((request.url ?? '').split('?', 1)[0] !== URL_PATH) {
      const isKnown = !keys.isRequired || keys.admit(request.headers[API_KEY_HEADER]) !== undefined;
      refuse(socket, isKnown ? '404 Not Found' : '401 Unauthorized');
    } else if (this.#isDraining) {
      refuse(socket, '503 Service Unavailable');
    } else if (!this.#isAllowedOrigin(request)) {
      // Browsers let any page open a WebSocket anywhere, also to a machine of its visitor.
      refuse(socket, '403 Forbidden');
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        const { log, keepAliveMs, messagesPerSecondMax, onClosing } = this.#options;
        const running = runGraphqlSocket({
          socket: opened,
          request,
          protocol: this.#protocol,
          log,
          keepAliveMs,
          messagesPerSecondMax,
          onClosing,
        });
        this.#open.set(opened, running);
        opened.once('close', () => this.#open.delete(opened));
      });
    }
  }

  #isAllowedOrigin(request: IncomingMessage): boolean {
    const { origin, host } = request.headers;
    return (
      origin === undefined ||
      URL.parse(origin)?.host === host ||
      this.#options.allowedOrigins.has(origin)
    );
  }

  #makeProtocol(): SocketProtocol {
    const { keys, log, initMs, operationsMax } = this.#options;
    return makeServer<Record<string, unknown>, SocketExtra>({
      connectionInitWaitTimeout: initMs,
      jsonMessageReviver: keepDigits,
      // Nothing runs before it: an operation that comes earlier closes the socket with 4401.
      onConnect: ({ connectionParams, extra }) => {
        if (!keys.isRequired) {
          return true;
        }
        const header = extra.request.headers[API_KEY_HEADER];
        const admission = admitSocket(keys, header, connectionParams);
        if (admission === undefined) {
          return false;
        }
        extra.admission = admission;
        return true;
      },
      onSubscribe: async (ctx, _id, payload) => {
        if (Object.keys(ctx.subscriptions).length > operationsMax) {
          const error = new AppError(
            'OVERLOADED',
            `This socket runs ${operationsMax} operations, which is its limit. Complete one of them first.`,
          );
          return [toGraphqlError(error, log)];
        }
        const prepared = await this.#prepare(payload, ctx.extra);
        if (!prepared.ok) {
          return prepared.errors;
        }
        this.#runs.set(prepared.args, prepared.run);
        return prepared.args;
      },
      execute: this.#run,
      subscribe: this.#run,
      onNext: (_ctx, _id, _payload, _args, result) => {
        const { errors, data = null } = result;
        return errors === undefined ? undefined : { data, errors: errors.map(formatted) };
      },
      onError: (_ctx, _id, _payload, errors) =>
        errors.map((error: GraphQLError) =>
          formatted(error.originalError ? toGraphqlError(error, log) : error),
        ),
    });
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
  async #prepare(
    payload: SubscribePayload,
    { signal, request }: SocketExtra,
  ): Promise<PreparedOperation> {
    const { served, newContext, log } = this.#options;
    try {
      return await served().server.prepare(
        {
          query: payload.query,
          ...(payload.operationName ? { operationName: payload.operationName } : {}),
          ...(payload.variables ? { variables: payload.variables } : {}),
        },
        { newContext: () => newContext(signal, NO_POSITIONS, request.headers) },
      );
    } catch (error) {
      return { ok: false, errors: [toGraphqlError(error, log)] };
    }
  }

  readonly #run: RunOperation = (args) => {
    const run = this.#runs.get(args);
    if (run === undefined) {
      throw new Error('an operation runs that was not prepared');
    }
    return run(args);
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
  // The peer left during the handshake.
}
