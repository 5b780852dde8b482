import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { AppError } from '@quicksilver/common/errors/app-error';
import { entersGateway, permits } from '@quicksilver/common/access/caller';
import { credentialsIn, type ApiKeyCheck } from '@quicksilver/common/http/api-key-check';
import { ANY_CALLER } from '@quicksilver/common/http/route-access';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { EdgeMetrics } from '../metrics.ts';
import type { Forwarder } from '../proxy/forwarder.ts';
import { reasonOf } from '../proxy/upstream-error.ts';
import type { Destinations, Targets } from '../route/destination.ts';
import { HOME, isPage, routeOf, type NoRoute, type RouteKind } from '../route/route.ts';
import type { AccessLog } from './access-log.ts';
import { HOME_POLICY, homeHtml, homeJson, type HomePage } from './home-page.ts';

export interface EdgeRoutesOptions {
  readonly destinations: Destinations;
  readonly targets: Targets;
  readonly keys: ApiKeyCheck;
  readonly forwarder: Forwarder;
  readonly access: AccessLog;
  readonly metrics: EdgeMetrics;
  /** Milliseconds from the end of a request to the start of its response. */
  readonly timeouts: { readonly answerMs: number; readonly lookupMs: number };
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
    const config = { access: ANY_CALLER };
    app.get(HOME, { config }, (request, reply) => sendHome(request, reply, options));
    app.route({
      method: METHODS,
      url: '/*',
      config,
      handler: (request, reply) => pass(request, reply, routes, options),
    });
  };
}

/** The page does not reveal resources that the caller may not use. */
function sendHome(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { targets, keys }: EdgeRoutesOptions,
): FastifyReply {
  const caller = keys.admit(credentialsIn(headers))?.caller;
  const page: HomePage = {
    gateways: targets
      .gateways()
      .map(({ name }) => name)
      .filter((name) => caller !== undefined && entersGateway(caller, name)),
    topics: [...topicsOf(targets)].filter(
      (topic) => caller !== undefined && permits(caller, { right: 'read', topic }),
    ),
  };
  reply.header('vary', 'accept');
  return headers.accept?.includes('text/html') === true
    ? reply
        .header('content-security-policy', HOME_POLICY)
        .type('text/html; charset=utf-8')
        .send(homeHtml(page))
    : reply.type('application/json; charset=utf-8').send(homeJson(page));
}

/** Sorted. While a topic moves, two mirrors list it. */
function topicsOf(targets: Targets): ReadonlySet<string> {
  const topics = targets.mirrors().flatMap((mirror) => mirror.topics.map(({ topic }) => topic));
  return new Set(topics.toSorted());
}

/** Whether a browser opens a page, which needs no key. */
export function isPageRequest({ url = '', headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/html') === true && isPage(url);
}

function pass(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: WeakMap<FastifyRequest, RouteKind>,
  { destinations, forwarder, metrics, timeouts }: EdgeRoutesOptions,
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
    answerMs: route.kind === 'topic' ? timeouts.lookupMs : timeouts.answerMs,
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
