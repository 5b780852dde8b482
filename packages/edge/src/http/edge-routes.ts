import type { Socket } from 'node:net';

import { AppError } from '@quicksilver/common/errors/app-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { EdgeMetrics } from '../metrics.ts';
import type { Forwarder } from '../proxy/forwarder.ts';
import { reasonOf } from '../proxy/upstream-error.ts';
import type { Destinations } from '../route/destination.ts';
import { routeOf, type NoRoute, type RouteKind } from '../route/route.ts';
import type { AccessLog } from './access-log.ts';

export interface EdgeRoutesOptions {
  readonly destinations: Destinations;
  readonly forwarder: Forwarder;
  readonly access: AccessLog;
  readonly metrics: EdgeMetrics;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Accepts every path and body. The services behind the edge have the routes and read the bodies.
 */
export function edgeRoutes(options: EdgeRoutesOptions): (app: FastifyInstance) => void {
  const routes = new WeakMap<FastifyRequest, RouteKind>();
  return (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.addHook('onRequest', (request, reply, done) => {
      if (METHODS.includes(request.method)) {
        done();
        return;
      }
      reply.header('allow', METHODS.join(', '));
      const detail = `Expected one of the methods ${METHODS.join(', ')}, found ${request.method}.`;
      done(new AppError('METHOD_NOT_ALLOWED', detail));
    });
    writeAccessLog(app, options.access, routes);
    app.route({
      method: METHODS,
      url: '/*',
      handler: (request, reply) => pass(request, reply, routes, options),
    });
  };
}

function pass(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: WeakMap<FastifyRequest, RouteKind>,
  { destinations, forwarder, metrics }: EdgeRoutesOptions,
): void {
  const route = routeOf(request.raw.url ?? '');
  if (route.kind === 'none') {
    reply.send(noRoute(route));
    return;
  }
  routes.set(request, route.kind);
  forwarder.forward({
    request: request.raw,
    response: reply.raw,
    destination: destinations.find(route),
    url: route.url,
    prefix: route.prefix,
    onAnswer: () => void reply.hijack(),
    onRefused: (error) => {
      metrics.upstreamFailed(route.kind, reasonOf(error));
      reply.send(error);
    },
  });
}

export function noRoute(route: NoRoute): AppError {
  return new AppError(route.reason === 'unknown' ? 'NOT_FOUND' : 'BAD_REQUEST', route.detail);
}

function writeAccessLog(
  app: FastifyInstance,
  access: AccessLog,
  routes: WeakMap<FastifyRequest, RouteKind>,
): void {
  /** Bytes that each connection had sent when its last response ended. */
  const sent = new WeakMap<Socket, number>();
  app.addHook('onResponse', (request, reply, done) => {
    const { socket } = request.raw;
    const response = reply.raw;
    const before = sent.get(socket) ?? 0;
    sent.set(socket, socket.bytesWritten);
    access.write({
      method: request.method,
      route: routes.get(request) ?? 'none',
      status: response.statusCode,
      isWhole: response.writableFinished,
      ms: reply.elapsedTime,
      bytes: socket.bytesWritten - before,
    });
    done();
  });
}
