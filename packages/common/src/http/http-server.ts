import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

import { fastify, type FastifyInstance } from 'fastify';

import { AppError } from '../errors/app-error.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part, PartContext } from '../lifecycle/part.ts';
import { ANONYMOUS, STRANGER } from '../access/caller.ts';
import { refuseOpenHost, type ApiKeyCheck } from './api-key-check.ts';
import { answerClientError, answerConnect } from './client-error.ts';
import { shareResponses } from './cors.ts';
import { answerExpectations } from './expect-continue.ts';
import { guardUpgrades } from './guard-upgrades.ts';
import { KeyGate, type OpenRequest } from './key-gate.ts';
import { hostPort, listenError } from './listen-address.ts';
import { NO_ORIGINS, OriginGuard, type OriginConfig } from './origin-guard.ts';
import { replyWithProblem } from './problem-reply.ts';
import { readBodies } from './read-bodies.ts';
import { BODY_LIMITS, LateBodies, type BodyLimits } from './late-body.ts';
import {
  CONNECTION_LIMITS,
  limitConnections,
  type ConnectionLimits,
  type Connections,
} from './connection-limit.ts';
import { RESPONSE_LIMITS, ResponseBudget, type ResponseLimits } from './response-budget.ts';
import { refuseHead } from './request-form.ts';
import { requestIds } from './request-ids.ts';
import { addSendHook } from './send-hook.ts';
import type { Shortcut } from './shortcut.ts';
import { cutStalled, SHORT_BYTES } from './stalled-answer.ts';
import { withoutSlash } from './trailing-slash.ts';
import { answerUnknown, refuseQuery } from './unknown-request.ts';

export interface HttpServerOptions {
  readonly name: string;
  readonly host: string;
  /** 0 takes a free port, which `address()` returns. */
  readonly port: number;
  readonly log: Log;
  /**
   * The valid keys. If it is undefined or has no key, every client is allowed, and the server
   * refuses to listen beyond loopback.
   */
  readonly keys: ApiKeyCheck | undefined;
  /** Names and web pages that are accepted in addition to the server's own. None by default. */
  readonly origins?: OriginConfig;
  /** Whether pages of other origins, if they are allowed, may use a path. By default none. */
  readonly isShared?: (url: string) => boolean;
  /** Whether a GET or HEAD request needs no key: health probes, and pages that ask for the key. */
  readonly isOpen?: OpenRequest;
  readonly routes: (app: FastifyInstance) => void | Promise<void>;
  /**
   * Called with the bare server before it listens, for protocol upgrades. The server rejects
   * upgrades of foreign pages first; it does not check their keys.
   */
  readonly onServer?: (server: Server) => void;
  /**
   * Called before the routes, for requests that need a faster path. Returns true if it has
   * responded. It gets only requests with valid headers. Requests that it declines go to the
   * routes.
   */
  readonly shortcut?: Shortcut;
  /** Methods whose paths may end with one more slash; see `withoutSlash`. */
  readonly slashMethods?: ReadonlySet<string>;
  /** Maximum bytes of a body that is read as a whole. */
  readonly bodyBytesMax?: number;
  /** Milliseconds until a request must have arrived completely. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds until a client must read something of its response. */
  readonly stallMs?: number;
  readonly limits?: Partial<ServerLimits>;
  /** Called for each connection and request that exceeds a limit. */
  readonly onRefused?: (limit: ServerLimit) => void;
}

type ServerLimits = ConnectionLimits & ResponseLimits & BodyLimits;
const DEFAULT_LIMITS: ServerLimits = { ...CONNECTION_LIMITS, ...RESPONSE_LIMITS, ...BODY_LIMITS };

/** A limit of the server, as metrics name it. */
export type ServerLimit =
  | 'connections'
  | 'address-connections'
  | 'response-bytes'
  | 'connection-response-bytes'
  | 'body-time'
  | 'request-time';

/** A served route. */
export interface ServedRoute {
  readonly method: string;
  /** With `:name` for parameters. */
  readonly path: string;
}

/** State that the server and its hooks share. */
interface ServerState {
  /** The last response on each connection. */
  readonly responses: WeakMap<Socket, ServerResponse>;
  readonly routes: ServedRoute[];
  readonly budget: ResponseBudget;
  readonly lateBodies: LateBodies;
  isDraining: boolean;
}

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** For a plugin that hangs. On a busy machine a start may exceed Fastify's ten seconds. */
const PLUGIN_TIMEOUT_MS = 120_000;
/**
 * Such a client is disconnected within half a minute, as a WebSocket that does not answer pings.
 */
const STALL_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADER_BYTES_MAX = 16_384;
const REQUESTS_PER_SOCKET_MAX = 10_000;
const NODE_LIMITS = {
  maxHeaderSize: HEADER_BYTES_MAX,
  // Rejected below, with an error body.
  requireHostHeader: false,
  // Interval of Node's check for late requests. Its default of 30 s is too coarse.
  connectionsCheckingInterval: 1_000,
};
/**
 * A stopping server closes open connections after this time without a request. If it closed one
 * while a client sends, the client could not find out whether its request was processed.
 */
const QUIET_MS = 300;

/**
 * An HTTP server with the limits and error bodies of all services. A handler gets a body of
 * `application/json` as an unparsed `Buffer`, and a body of `application/x-ndjson` as a stream. Any
 * other content type is rejected with 415.
 */
export class HttpServer implements Part {
  readonly name: string;
  readonly #options: HttpServerOptions;
  #app: FastifyInstance | undefined;
  readonly #limits: ServerLimits;
  #connections: Connections = { size: 0 };
  readonly #state: ServerState;
  readonly #guard: OriginGuard;
  /** Undefined if no key is required. */
  #gate: KeyGate | undefined;
  #inFlight = 0;
  /** Called for every request that ends or is rejected while the server drains. */
  #stirred: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.name = options.name;
    this.#options = options;
    const { onRefused = () => {} } = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#state = {
      responses: new WeakMap(),
      routes: [],
      budget: new ResponseBudget(this.#limits, onRefused),
      lateBodies: new LateBodies(this.#limits, () => onRefused('body-time')),
      isDraining: false,
    };
    const { host, origins = NO_ORIGINS, isShared = () => false } = options;
    this.#guard = new OriginGuard(host, origins, isShared);
  }

  async start(_context: PartContext): Promise<void> {
    const { host, port, keys, isOpen = () => false, log } = this.#options;
    const refusal = refuseOpenHost(host, keys) ?? this.#guard.refuseStart(keys);
    if (refusal !== undefined) {
      throw refusal;
    }
    const gate = keys?.isRequired === true ? new KeyGate({ keys, isOpen, log }) : undefined;
    this.#gate = gate;
    const app = createApp(this.#options, this.#state, this.#guard, gate);
    this.#app = app;
    app.decorateRequest('caller');
    app.addHook('onRequest', (request, reply, done) => {
      request.caller = gate === undefined ? ANONYMOUS : STRANGER;
      this.#state.responses.set(request.raw.socket, reply.raw);
      const foreign = this.#guard.refusal(request.raw);
      if (foreign !== undefined) {
        // Not `done(foreign)`: a route's own form of errors is not for foreign pages.
        replyWithProblem(foreign, request, reply, log);
        return;
      }
      if (this.#state.isDraining) {
        this.#stirred?.();
        done(
          new AppError('SHUTTING_DOWN', 'This process is stopping; ask another replica.', {
            extra: { outcome: 'not_written' },
          }),
        );
        return;
      }
      const refusal = refuseHead(request.raw) ?? this.#state.budget.refusal(request.raw.socket);
      if (refusal !== undefined) {
        done(refusal);
        return;
      }
      this.#inFlight += 1;
      // `close` comes exactly once, also for a client that went away.
      reply.raw.once('close', this.#finished);
      done();
    });
    if (gate !== undefined) {
      app.addHook('onRequest', gate.onRequest);
    }
    await this.#options.routes(app);
    this.#options.onServer?.(app.server);
    guardUpgrades(app.server, this.#guard);
    this.#connections = limitConnections(app.server, this.#limits, (limit) =>
      this.#options.onRefused?.(limit),
    );
    if (this.#options.shortcut !== undefined) {
      this.#takeShortcut(app.server, this.#options.shortcut);
    }
    shareResponses(app.server, this.#guard);
    try {
      await app.listen({ host, port });
    } catch (error) {
      throw listenError(error, this.name, host, port);
    }
  }

  /** Every route, once started. */
  get routes(): readonly ServedRoute[] {
    return this.#state.routes;
  }

  /** Open connections, including WebSockets. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Bytes of responses that clients have not read yet. */
  get unreadBytes(): number {
    return this.#state.budget.bytes;
  }

  /** The bound `host:port`. */
  address(): string {
    const bound = this.#app?.server.address();
    if (bound === null || bound === undefined || typeof bound === 'string') {
      throw new Error(`${this.name} is not listening`);
    }
    return hostPort(bound);
  }

  async drain(deadline: AbortSignal): Promise<void> {
    this.#state.isDraining = true;
    const server = this.#app?.server;
    if (server === undefined || deadline.aborted) {
      return;
    }
    // Stop listening, because a new connection would be cut off at the end. `close` of an HTTP
    // server would also close connections that only seem idle, hence the `close` of the underlying
    // server. Each connection gets "close" with its next response.
    await new Promise<void>((resolve) => {
      let quiet: NodeJS.Timeout | undefined;
      let lastRead: NodeJS.Immediate | undefined;
      const stir = (): void => {
        clearTimeout(quiet);
        clearImmediate(lastRead);
      };
      const end = (): void => {
        stir();
        this.#stirred = undefined;
        resolve();
      };
      this.#stirred = () => {
        stir();
        if (this.#inFlight === 0) {
          // A paused process has unread requests. It reads them between the two timers.
          quiet = setTimeout(() => (lastRead = setImmediate(end)), QUIET_MS);
        }
      };
      this.#stirred();
      NetServer.prototype.close.call(server, end);
      deadline.addEventListener('abort', end, { once: true });
    });
  }

  async stop(): Promise<void> {
    const app = this.#app;
    if (app === undefined) {
      return;
    }
    this.#gate?.close();
    const closed = app.close();
    app.server.closeAllConnections();
    await closed;
  }

  /** Inserts the shortcut before the listener of the routes. */
  #takeShortcut(server: Server, shortcut: Shortcut): void {
    const toRoutes = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (
        !this.#state.isDraining &&
        this.#guard.refusal(request) === undefined &&
        refuseHead(request) === undefined &&
        this.#state.budget.refusal(request.socket) === undefined
      ) {
        const caller =
          this.#gate === undefined ? ANONYMOUS : this.#gate.admit(request, response)?.caller;
        if (caller !== undefined && shortcut(request, response, caller)) {
          this.#state.responses.set(request.socket, response);
          this.#inFlight += 1;
          response.once('close', this.#finished);
          this.#watchShortcut(response);
          return;
        }
      }
      for (const listener of toRoutes) {
        listener.call(server, request, response);
      }
    });
  }

  /** For a route, the hook before the send does this. */
  #watchShortcut(response: ServerResponse): void {
    const bytes = response.writableLength;
    if (bytes > SHORT_BYTES) {
      this.#state.budget.hold(response, bytes);
      cutStalled(response, this.#options.stallMs ?? STALL_MS);
    }
  }

  readonly #finished = (): void => {
    this.#inFlight -= 1;
    this.#stirred?.();
  };
}

function createApp(
  options: HttpServerOptions,
  state: ServerState,
  guard: OriginGuard,
  gate: KeyGate | undefined,
): FastifyInstance {
  const { log, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const app = fastify({
    logger: false,
    pluginTimeout: PLUGIN_TIMEOUT_MS,
    bodyLimit: options.bodyBytesMax ?? 1_048_576,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxRequestsPerSocket: REQUESTS_PER_SOCKET_MAX,
    http: { ...NODE_LIMITS, headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs) },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: requestIds(),
    // Up to the header limit, because a key is one path segment.
    routerOptions: { maxParamLength: HEADER_BYTES_MAX },
    rewriteUrl: withoutSlash(options.slashMethods),
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => {
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
        options.onRefused?.('request-time');
      }
      answerClientError(error, socket, state.responses.get(socket), state.lateBodies);
    },
    // A path that is not a valid URL reaches no hook.
    frameworkErrors: (error, request, reply) => {
      const foreign = guard.refusal(request.raw);
      if (
        foreign !== undefined ||
        gate?.admit(request.raw, reply.raw) !== undefined ||
        gate === undefined
      ) {
        replyWithProblem(foreign ?? error, request, reply, log);
      } else {
        gate.refuse(request, reply);
      }
    },
  });
  app.addHook('onRoute', ({ method, url }) => {
    const methods = Array.isArray(method) ? method : [method];
    state.routes.push(...methods.map((each) => ({ method: each, path: url })));
  });
  app.server.on('connect', (_request, socket: Socket) => answerConnect(socket));
  answerExpectations(app.server);
  readBodies(app);
  app.addHook('preParsing', (request, reply, payload, done) => {
    state.lateBodies.watch(request, reply);
    done(refuseQuery(app, request, reply) ?? null, payload);
  });
  addSendHook(app, {
    ...state,
    stallMs: options.stallMs ?? STALL_MS,
    isDraining: () => state.isDraining,
  });
  app.setErrorHandler((error, request, reply) => replyWithProblem(error, request, reply, log));
  answerUnknown(app, log);
  return app;
}
