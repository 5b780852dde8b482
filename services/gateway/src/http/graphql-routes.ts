import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import { API_KEY_HEADER } from '@quicksilver/common/http/api-key-check';
import { CONNECTION_HEADERS } from '@quicksilver/common/http/connection-headers';
import {
  checkIdempotencyKey,
  IDEMPOTENCY_KEY_HEADER,
} from '@quicksilver/common/http/idempotency-key';
import { MIN_POSITION_HEADER, POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import type { Position } from '@quicksilver/contracts/mirror-api/position-token';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { GatewayContext } from '../resolve/gateway-context.ts';
import { formatted, toGraphqlError } from './graphql-error.ts';
import { GRAPHIQL_POLICY, type GraphiqlPage } from './graphiql.ts';
import { parseMinPositions, withExtensions } from './min-position.ts';
import type { GraphqlServer } from './yoga.ts';

/** What one operation runs on. */
export interface Served {
  readonly server: GraphqlServer;
  /** The topics that the schema binds. */
  readonly topics: ReadonlySet<string>;
}

/** What a client's request says beside its operation. */
export interface ClientRequest {
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly positions: ReadonlyMap<string, Position>;
  readonly headers: IncomingHttpHeaders;
  readonly idempotencyKey?: string;
}

/** Begins an operation of a client. */
export type NewContext = (request: ClientRequest) => GatewayContext;

export interface GraphqlRoutesOptions {
  /** What is served now, asked once for each request. Throws `AppError` where there is nothing. */
  readonly served: () => Served;
  readonly newContext: NewContext;
  /** Undefined where browsers get no GraphiQL. */
  readonly graphiql: (() => Promise<GraphiqlPage>) | undefined;
  readonly log: Log;
}

const URL_PATH = '/graphql';

/** `/graphql` over HTTP: queries, and subscriptions as server-sent events. */
export function graphqlRoutes(options: GraphqlRoutesOptions): (app: FastifyInstance) => void {
  return (app) => {
    void app.register((scope, _options, done) => {
      scope.setErrorHandler((error, request, reply) =>
        replyWithError(error, request, reply, options),
      );
      scope.route({
        method: 'GET',
        url: URL_PATH,
        exposeHeadRoute: false,
        handler: (request, reply) =>
          options.graphiql !== undefined && wantsPage(request)
            ? sendPage(options.graphiql, request, reply)
            : answer(options, request, reply),
      });
      scope.route({
        method: 'POST',
        url: URL_PATH,
        handler: (request, reply) => answer(options, request, reply),
      });
      scope.route({
        method: 'OPTIONS',
        url: URL_PATH,
        handler: (_request, reply) => reply.code(204).header('allow', 'GET, POST, OPTIONS').send(),
      });
      done();
    });
  };
}

async function answer(
  options: GraphqlRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { server, topics } = options.served();
  const header = request.headers[MIN_POSITION_HEADER];
  const positions = parseMinPositions(Array.isArray(header) ? header.join(';') : header, topics);
  const idempotencyKey = idempotencyKeyOf(request);
  const { body } = request;
  if (body !== undefined && body !== null && !Buffer.isBuffer(body)) {
    throw new AppError(
      'UNSUPPORTED_MEDIA_TYPE',
      'GraphQL is sent as application/json here, found another content type.',
    );
  }
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  let context: GatewayContext | undefined;
  const response = await server.handle(request.raw, reply.raw, {
    newContext: (extensions) =>
      (context = options.newContext({
        signal: gone.signal,
        positions: withExtensions(positions, extensions, topics),
        headers: request.headers,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      })),
    ...(Buffer.isBuffer(body) ? { body } : {}),
  });
  reply.code(response.status);
  response.headers.forEach((value, name) => {
    // Fastify sets those that depend on how the body is sent. Names come in any case here.
    const lowerCased = name.toLowerCase();
    if (lowerCased !== 'content-length' && !CONNECTION_HEADERS.has(lowerCased)) {
      reply.header(name, value);
    }
  });
  const written = context?.operation.written;
  if (written !== undefined) {
    reply.header(POSITION_HEADER, written);
  }
  const type = response.headers.get('content-type') ?? '';
  return type.startsWith('text/event-stream')
    ? reply.send(response.body)
    : reply.send(await response.text());
}

/** Ingest knows the gateway as the one who writes, so that whose key it is has to be part of it. */
function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers[IDEMPOTENCY_KEY_HEADER];
  return key === undefined
    ? undefined
    : JSON.stringify([headers[API_KEY_HEADER] ?? '', checkIdempotencyKey(String(key))]);
}

/** Refusals before there is an operation have GraphQL's form too. */
function replyWithError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: GraphqlRoutesOptions,
): void {
  const known = toAppError(error);
  if (known === undefined) {
    throw error;
  }
  options.log.debug({ code: known.code, requestId: request.id }, 'a request was refused');
  if (known.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(known.retryAfterSeconds));
  }
  if (known.status === 413 || known.closeConnection) {
    reply.header('connection', 'close');
  }
  reply
    .code(known.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [formatted(toGraphqlError(known, options.log))] }));
}

/** Fastify's refusals of a body, by its code; the others are answered as on every route. */
function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) {
    return error;
  }
  switch ((error as { code?: unknown } | null)?.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError(
        'UNSUPPORTED_MEDIA_TYPE',
        'GraphQL is sent as application/json here, found another content type or none.',
      );
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('BODY_TOO_LARGE', 'The body is larger than the gateway accepts.');
    default:
      return undefined;
  }
}

/** A person's browser; a query in the address is then shown and not run. */
function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}

async function sendPage(
  page: () => Promise<GraphiqlPage>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { html, gzipped } = await page();
  const zips = request.headers['accept-encoding']?.includes('gzip') === true;
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', GRAPHIQL_POLICY)
    .header('vary', 'accept, accept-encoding')
    .header('x-frame-options', 'DENY');
  if (zips) {
    reply.header('content-encoding', 'gzip');
  }
  return reply.send(zips ? gzipped : html);
}
