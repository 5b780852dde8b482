import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';

import { codeOf } from '../errors/code-of.ts';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import { AppError } from '../errors/app-error.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part, Run } from '../lifecycle/part.ts';
import { refuseOpenHost, type ApiKeyCheck } from './api-key-check.ts';
import { answerClientError, answerConnect } from './client-error.ts';
import { answerExpectations } from './expect-continue.ts';
import { guardUpgrades } from './guard-upgrades.ts';
import { KeyGate } from './key-gate.ts';
import { lingerAfter } from './linger.ts';
import { NO_ORIGINS, OriginGuard, type OriginConfig } from './origin-guard.ts';
import { pathOf, replyWithProblem } from './problem-reply.ts';
import { refuseHead, refuseUnreadable } from './request-form.ts';
import { cutWhenStalled } from './stalled-answer.ts';

export interface HttpServerOptions {
  readonly name: string;
  readonly host: string;
  /** 0 takes a free port; `address()` tells which. */
  readonly port: number;
  readonly log: Log;
  /**
   * Who may use it. Undefined, or keys of which none is set, let everybody in, and the server then
   * refuses to listen beyond loopback.
   */
  readonly keys: ApiKeyCheck | undefined;
  /** Names and web pages that are accepted besides the server's own; by default none. */
  readonly origins?: OriginConfig;
  /** Paths that need no key, for whoever asks whether this process lives. */
  readonly openPaths?: ReadonlySet<string>;
  readonly routes: (app: FastifyInstance) => void | Promise<void>;
  /**
   * Called with the bare server before it listens, for protocol upgrades. The server rejects
   * upgrades of foreign pages first; it does not check their keys.
   */
  readonly onServer?: (server: Server) => void;
  /**
   * Asked before the routes, for what must be answered faster than they can: true where it has
   * answered. It sees requests with a good head only, and what it declines takes the usual way.
   */
  readonly shortcut?: Shortcut;
  /** Bytes of a body that is read as a whole. */
  readonly bodyBytesMax?: number;
  /** Milliseconds in which a request must have arrived completely. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds in which a client must take something of the answer that waits for it. */
  readonly stallMs?: number;
  readonly connectionsMax?: number;
}

/** A route as it is served. */
export interface ServedRoute {
  readonly method: string;
  /** With `:name` for parameters. */
  readonly path: string;
}

export type Shortcut = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Headers of every answer. */
export const ALWAYS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const;

/** What the server and its hooks share. */
interface ServerState {
  /** The last response begun on a connection. */
  readonly responses: WeakMap<Socket, ServerResponse>;
  readonly routes: ServedRoute[];
  isDraining: boolean;
}

const HEADERS_TIMEOUT_MS = 10_000;
/** For one that hangs: on a busy machine a start may stand still for longer than Fastify's ten seconds. */
const PLUGIN_TIMEOUT_MS = 120_000;
/** As a WebSocket that does not answer pings, such a client is gone within half a minute. */
const STALL_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADER_BYTES_MAX = 16_384;
const REQUESTS_PER_SOCKET_MAX = 10_000;
const NODE_LIMITS = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  maxHeaderSize: HEADER_BYTES_MAX,
  // Refused below, with a body that says why.
  requireHostHeader: false,
  // How often Node looks for requests past their deadline; its default of 30 s is too coarse.
  connectionsCheckingInterval: 1_000,
};
/**
 * Milliseconds without a request after which a stopping server closes the connections that are open
 * still. Closed earlier, under a client that sends just then, the client could not know whether its
 * request was done.
 */
const QUIET_MS = 300;
const NO_PATHS: ReadonlySet<string> = new Set();
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/**
 * An HTTP server with the limits and the error bodies that all services share. Bodies of
 * `application/json` reach the handler as an untouched `Buffer`, those of `application/x-ndjson` as
 * the stream itself; any other content type is refused with 415.
 */
export class HttpServer implements Part {
  readonly name: string;
  readonly #options: HttpServerOptions;
  #app: FastifyInstance | undefined;
  readonly #state: ServerState = { responses: new WeakMap(), routes: [], isDraining: false };
  readonly #guard: OriginGuard;
  /** Undefined where no key is needed. */
  #gate: KeyGate | undefined;
  #inFlight = 0;
  /** Told of every request that ends or is refused while the server drains. */
  #stirred: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#guard = new OriginGuard(options.host, options.origins ?? NO_ORIGINS);
  }

  async start(_run: Run): Promise<void> {
    const { host, port, keys, openPaths = NO_PATHS, log } = this.#options;
    const refusal = refuseOpenHost(host, keys);
    if (refusal !== undefined) {
      throw refusal;
    }
    const gate = keys?.isRequired === true ? new KeyGate({ keys, openPaths, log }) : undefined;
    this.#gate = gate;
    const app = createApp(this.#options, this.#state, this.#guard, gate);
    this.#app = app;
    app.addHook('onRequest', (request, reply, done) => {
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
      const refusal = refuseHead(request.raw);
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
    if (this.#options.shortcut !== undefined) {
      this.#takeShortcut(app.server, this.#options.shortcut);
    }
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

  /** `host:port` as it listens. */
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
    // Nobody connects any more: a new connection would be cut off at the end, its request unheard.
    // The close of an HTTP server would also close connections that only seem idle, hence the
    // close of the server below it. Each of them is told "close" with its next answer.
    await new Promise<void>((resolve) => {
      let quiet: NodeJS.Timeout | undefined;
      let lastLook: NodeJS.Immediate | undefined;
      const stir = (): void => {
        clearTimeout(quiet);
        clearImmediate(lastLook);
      };
      const end = (): void => {
        stir();
        this.#stirred = undefined;
        resolve();
      };
      this.#stirred = () => {
        stir();
        if (this.#inFlight === 0) {
          // A process that stood still has not read yet what came meanwhile: between the two it does.
          quiet = setTimeout(() => (lastLook = setImmediate(end)), QUIET_MS);
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

  /** Puts the shortcut before the one listener that leads to the routes. */
  #takeShortcut(server: Server, shortcut: Shortcut): void {
    const toRoutes = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (
        !this.#state.isDraining &&
        this.#guard.refusal(request) === undefined &&
        refuseHead(request) === undefined &&
        this.#gate?.admits(request, response) !== false
      ) {
        if (shortcut(request, response)) {
          this.#state.responses.set(request.socket, response);
          this.#inFlight += 1;
          response.once('close', this.#finished);
          return;
        }
      }
      for (const listener of toRoutes) {
        listener.call(server, request, response);
      }
    });
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
  const { log } = options;
  const app = fastify({
    logger: false,
    pluginTimeout: PLUGIN_TIMEOUT_MS,
    bodyLimit: options.bodyBytesMax ?? 1_048_576,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxRequestsPerSocket: REQUESTS_PER_SOCKET_MAX,
    http: NODE_LIMITS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    // As long as the header limit allows: a key is one path segment.
    routerOptions: { maxParamLength: HEADER_BYTES_MAX },
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) =>
      answerClientError(error, socket, state.responses.get(socket)),
    // A path that is no URL reaches no hook.
    frameworkErrors: (error, request, reply) => {
      const foreign = guard.refusal(request.raw);
      if (foreign !== undefined || gate === undefined || gate.admits(request.raw, reply.raw)) {
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
  app.server.maxConnections = options.connectionsMax ?? 10_000;
  readBodies(app);
  addSendHook(app, state, options.stallMs ?? STALL_MS);
  app.setErrorHandler((error, request, reply) => replyWithProblem(error, request, reply, log));
  answerUnknown(app, log);
  return app;
}

function answerUnknown(app: FastifyInstance, log: Log): void {
  // Fastify would look for the body of a QUERY (RFC 10008) before it sees that no route takes one.
  app.addHook('preParsing', (request, reply, payload, done) => {
    done(
      request.is404 && request.method === 'QUERY' ? notFound(app, request, reply) : null,
      payload,
    );
  });
  app.setNotFoundHandler((request, reply) =>
    replyWithProblem(notFound(app, request, reply), request, reply, log),
  );
}

function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    done(refuseUnreadable(request.headers) ?? null, body);
  });
  app.addContentTypeParser('application/x-ndjson', (request, payload, done) => {
    done(refuseUnreadable(request.headers) ?? null, payload);
  });
}

function allowedMethods(app: FastifyInstance, method: string, path: string): string[] {
  return METHODS.filter(
    (other) => other !== method && app.findRoute({ method: other, url: path }) !== null,
  );
}

function addSendHook(app: FastifyInstance, state: ServerState, stallMs: number): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const body = request.method === 'HEAD' ? withoutStream(payload) : payload;
    cutWhenStalled(reply.raw, body, stallMs);
    lingerAfter(request.raw);
    reply.header('x-content-type-options', ALWAYS['x-content-type-options']);
    if (!reply.hasHeader('cache-control')) {
      reply.header('cache-control', ALWAYS['cache-control']);
    }
    if (state.isDraining) {
      reply.header('connection', 'close');
    }
    done(null, body);
  });
}

/** Fastify would read a stream to its end for a HEAD request, and a stream of events has none. */
function withoutStream(payload: unknown): unknown {
  if (!(payload instanceof Readable)) {
    return payload;
  }
  payload.destroy();
  return Readable.from([]);
}

/** 405, with the methods that there are, where the path exists for others; else 404. */
function notFound(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): AppError {
  const { method } = request;
  const path = pathOf(request.url);
  const allowed = allowedMethods(app, method, path).join(', ');
  if (allowed === '') {
    return new AppError('NOT_FOUND', `There is nothing at ${path}.`);
  }
  reply.header('allow', allowed);
  return new AppError('METHOD_NOT_ALLOWED', `${path} takes ${allowed}, not ${method}.`);
}

function listenError(error: unknown, name: string, host: string, port: number): Error {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is in use, so ${name} cannot listen there. Stop the other program or choose another port.`,
      { cause: error },
    );
  }
  return new Error(`${name} cannot listen on ${host}:${port}`, { cause: error });
}

function hostPort(bound: AddressInfo): string {
  return bound.family === 'IPv6'
    ? `[${bound.address}]:${bound.port}`
    : `${bound.address}:${bound.port}`;
}
