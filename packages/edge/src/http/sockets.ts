import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { AppError } from '@quicksilver/common/errors/app-error';
import {
  API_KEY_HEADER,
  NO_KEY_DETAIL,
  type ApiKeyCheck,
} from '@quicksilver/common/http/api-key-check';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

import type { EdgeMetrics } from '../metrics.ts';
import { hasBody } from '../proxy/headers.ts';
import type { OpenRequests } from '../proxy/open-requests.ts';
import { answerError } from '../proxy/raw-answer.ts';
import { Tunnel } from '../proxy/tunnel.ts';
import { reasonOf } from '../proxy/upstream-error.ts';
import type { Destinations } from '../route/destination.ts';
import { routeOf } from '../route/route.ts';
import type { AccessLog } from './access-log.ts';
import { noRoute } from './edge-routes.ts';

export interface SocketsOptions {
  readonly keys: ApiKeyCheck;
  readonly destinations: Destinations;
  readonly access: AccessLog;
  readonly metrics: EdgeMetrics;
  readonly openRequests: OpenRequests;
  readonly log: Log;
  readonly connectMs: number;
  readonly answerMs: number;
  readonly stallMs: number;
}

/** For gateways that stop at the same time. */
const GRACE_MS = 500;
const LOOK_MS = 20;

/** The WebSockets of all services. */
export class Sockets implements Part {
  readonly name = 'sockets';
  readonly #options: SocketsOptions;
  readonly #open = new Set<Tunnel>();
  #isDraining = false;

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  /** Number of open and opening WebSockets. */
  get size(): number {
    return this.#open.size;
  }

  /** Handles the upgrades of an HTTP server. */
  readonly attach = (server: Server): void => {
    // Clients may offer other protocols, such as HTTP/2 from Java, and accept HTTP/1.1 instead.
    Object.assign(server, { shouldUpgradeCallback: isWebSocket });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  };

  async start(_context: PartContext): Promise<void> {
    // Sockets come through the HTTP server.
  }

  /**
   * Closes all WebSockets, because they have no defined end. Their clients reconnect. A gateway
   * that stops at the same time closes them first, with a code that says so.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    this.#isDraining = true;
    const end = AbortSignal.any([deadline, AbortSignal.timeout(GRACE_MS)]);
    while (this.#open.size > 0 && !end.aborted) {
      await pause(LOOK_MS, end);
    }
    await this.stop();
  }

  async stop(): Promise<void> {
    for (const tunnel of this.#open) {
      tunnel.close();
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const begunMs = performance.now();
    const { metrics, access, log } = this.#options;
    const route = routeOf(request.url ?? '');
    let status = 0;
    socket.on('error', ignoreReset).once('close', () => {
      access.write({
        method: request.method ?? '',
        route: route.kind,
        status,
        isWhole: status !== 0,
        ms: performance.now() - begunMs,
        bytes: socket instanceof Socket ? socket.bytesWritten : 0,
      });
    });
    const refuse = (thrown: unknown): void => {
      // Without a key, a response must not reveal which resources exist.
      const error = this.#hasKey(request) ? toAppError(thrown, log) : keyless();
      status = error.status;
      answerError(socket, error, (request.url ?? '').split('?', 1)[0] ?? '');
    };
    const problem = this.#problemOf(request);
    if (problem !== undefined) {
      refuse(problem);
      return;
    }
    if (route.kind === 'none') {
      refuse(noRoute(route));
      return;
    }
    // Browsers send it in their first message, which the service reads.
    if (request.headers[API_KEY_HEADER] !== undefined && !this.#hasKey(request)) {
      refuse(keyless());
      return;
    }
    try {
      const destination = this.#options.destinations.find(route);
      const tunnel = new Tunnel({
        ...this.#options,
        request,
        socket,
        head,
        destination,
        url: route.url,
        prefix: route.prefix,
        onAnswer: (answered) => {
          status = answered;
        },
        onRefused: (error) => {
          metrics.upstreamFailed(route.kind, reasonOf(error));
          refuse(error);
        },
      });
      this.#open.add(tunnel);
      socket.once('close', () => this.#open.delete(tunnel));
      tunnel.start();
    } catch (error) {
      refuse(error);
    }
  }

  #hasKey({ headers }: IncomingMessage): boolean {
    const { keys } = this.#options;
    return keys.admit({ keys: [headers[API_KEY_HEADER]], authorizations: [] }) !== undefined;
  }

  #problemOf(request: IncomingMessage): AppError | undefined {
    if (this.#isDraining) {
      return new AppError('SHUTTING_DOWN', 'This process is stopping. Reconnect.');
    }
    if (request.method !== 'GET' || request.httpVersion !== '1.1' || hasBody(request)) {
      const detail = 'Expected a WebSocket handshake: GET, HTTP/1.1 and no body.';
      return new AppError('BAD_REQUEST', detail);
    }
    return undefined;
  }
}

function keyless(): AppError {
  return new AppError('UNAUTHENTICATED', NO_KEY_DETAIL);
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

function toAppError(error: unknown, log: Log): AppError {
  if (error instanceof AppError) {
    return error;
  }
  log.error({ err: error }, 'a WebSocket handshake failed unexpectedly');
  return new AppError('INTERNAL', 'An unexpected error occurred. The log has the details.');
}

function ignoreReset(): void {
  // Its close follows.
}
