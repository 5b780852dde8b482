import type { IncomingMessage } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import { entersGateway, type Caller } from '@quicksilver/common/access/caller';
import { ANY_CALLER } from '@quicksilver/common/http/route-access';
import { CONNECTION_HEADERS } from '@quicksilver/common/http/connection-headers';
import {
  checkIdempotencyKey,
  IDEMPOTENCY_KEY_HEADER,
} from '@quicksilver/common/http/idempotency-key';
import { pathOf } from '@quicksilver/common/http/problem-reply';
import {
  AGE_HEADER,
  LAG_HEADER,
  MIN_POSITION_HEADER,
  POSITION_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { GatewayContext } from '../resolve/gateway-context.ts';
import { formatError, toGraphqlError } from '../execute/graphql-error.ts';
import { GRAPHIQL_POLICY, graphiqlPage, type GraphiqlPage } from './graphiql.ts';
import { acceptedTypes } from './accepted-types.ts';
import { readGetParams, readPostParams } from './read-params.ts';
import { parseMinPositions, addExtensionPositions } from '../execute/min-positions.ts';
import type { NewContext, Served } from '../execute/client-request.ts';
import { endAtExpiry } from '../execute/end-at-expiry.ts';
import { jsonTypeOf } from '../execute/json-result.ts';
import type { RequestParams } from '../execute/request-params.ts';
import type { HttpOperationSource } from '../execute/yoga.ts';

export interface GraphqlRoutesOptions {
  /** Called once for each request. Throws `AppError` if there is no schema. */
  readonly served: () => Served;
  readonly newContext: NewContext;
  /** The name of this gateway, for keys that are limited to gateways. */
  readonly gateway: string;
  /** Whether browsers get GraphiQL. */
  readonly graphiql: boolean;
  readonly log: Log;
}

const URL_PATH = '/graphql';

/** `/graphql` over HTTP: queries, and subscriptions as server-sent events. */
export function graphqlRoutes(options: GraphqlRoutesOptions): (app: FastifyInstance) => void {
  const page = options.graphiql ? graphiqlPage() : undefined;
  return (app) => {
    void app.register((scope, _options, done) => {
      scope.setErrorHandler((error, request, reply) =>
        replyWithError(error, request, reply, options),
      );
      // The fields of the operation decide what the caller needs.
      const config = { access: ANY_CALLER };
      scope.route({
        method: 'GET',
        url: URL_PATH,
        config,
        exposeHeadRoute: false,
        handler: (request, reply) =>
          page !== undefined && wantsPage(request.raw)
            ? sendPage(page, request, reply)
            : answer(options, request, reply),
      });
      scope.route({
        method: 'POST',
        url: URL_PATH,
        config,
        handler: (request, reply) => answer(options, request, reply),
      });
      scope.route({
        method: 'OPTIONS',
        url: URL_PATH,
        config,
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
  const { caller } = request;
  requireEntry(caller, options.gateway);
  const { server, topics, access } = options.served();
  const header = request.headers[MIN_POSITION_HEADER];
  const positions = parseMinPositions(Array.isArray(header) ? header.join(';') : header, topics);
  const idempotencyKey = idempotencyKeyOf(request);
  const { body } = request;
  if (body !== undefined && body !== null && !Buffer.isBuffer(body)) {
    throw new AppError(
      'UNSUPPORTED_MEDIA_TYPE',
      'The content type is not supported. Send GraphQL requests as application/json.',
    );
  }
  const { accept = '*/*' } = request.headers;
  const types = acceptedTypes(accept);
  const gone = new AbortController();
  reply.raw.once('close', () => {
    // Most responses are complete by then, and an abort creates an exception with a stack. It also
    // ends the timer of credentials that expire.
    if (!reply.raw.writableFinished || caller.expiresAtMs !== undefined) {
      gone.abort();
    }
  });
  endAtExpiry(caller, gone.signal, (why) => gone.abort(why));
  let context: GatewayContext | undefined;
  const source: HttpOperationSource = {
    newContext: (extensions) =>
      (context = options.newContext({
        signal: gone.signal,
        positions: addExtensionPositions(positions, extensions, topics),
        headers: request.headers,
        access: access.of(caller),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      })),
    readParams: () => readParams(request, body ?? undefined),
  };
  const type = jsonTypeOf(types);
  const json = type && (await server.respond(request.method, type, source));
  if (json !== undefined) {
    if (context !== undefined) {
      setOperationHeaders(reply, context);
    }
    return reply
      .code(json.status)
      .header('content-type', `${json.type}; charset=utf-8`)
      .send(json.body);
  }
  // The GraphQL server takes the types in this order and ignores their weights.
  request.raw.headers.accept = types.join(', ') || 'none/none';
  const response = await server.handle(request.raw, reply.raw, source);
  setResponseHeaders(reply, response);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const text = isStream ? undefined : await response.text();
  if (context !== undefined) {
    setOperationHeaders(reply, context);
  }
  return reply.send(text ?? response.body);
}

/** Throws `AppError('FORBIDDEN')`. */
function requireEntry(caller: Caller, gateway: string): void {
  if (!entersGateway(caller, gateway)) {
    throw new AppError(
      'FORBIDDEN',
      'The credentials are valid, but not for this gateway. Use a key with a right for it.',
    );
  }
}

function setResponseHeaders(reply: FastifyReply, { status, headers }: Response): void {
  reply.code(status);
  headers.forEach((value, name) => {
    // Fastify sets the headers that depend on how it sends the body. Names may have any case.
    const lowerCased = name.toLowerCase();
    if (lowerCased !== 'content-length' && !CONNECTION_HEADERS.has(lowerCased)) {
      reply.header(name, value);
    }
  });
}

/** The positions of the writes, and the greatest lag and age of the reads. */
function setOperationHeaders(reply: FastifyReply, { operation }: GatewayContext): void {
  const { written, freshness } = operation;
  if (written !== undefined) {
    reply.header(POSITION_HEADER, written);
  }
  if (freshness !== undefined) {
    reply.header(LAG_HEADER, String(freshness.lagRecords));
  }
  if (freshness?.ageMs !== undefined) {
    reply.header(AGE_HEADER, String(freshness.ageMs));
  }
}

function readParams({ method, url }: FastifyRequest, body: Buffer | undefined): RequestParams {
  return method === 'GET' ? readGetParams(url) : readPostParams(body);
}

/** Ingest sees the gateway as the only writer, so the caller is part of the key. */
function idempotencyKeyOf({ headers, caller }: FastifyRequest): string | undefined {
  const key = headers[IDEMPOTENCY_KEY_HEADER];
  return key === undefined
    ? undefined
    : JSON.stringify([caller.kind, caller.id, checkIdempotencyKey(String(key))]);
}

/** Errors before an operation starts have the form of GraphQL errors too. */
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
  options.log.debug({ code: known.code, requestId: request.id }, 'a request was rejected');
  if (known.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(known.retryAfterSeconds));
  }
  if (known.status === 413 || known.closeConnection) {
    reply.header('connection', 'close');
  }
  reply
    .code(known.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [formatError(toGraphqlError(known, options.log))] }));
}

/** Converts Fastify's errors of bodies. The error handler of all routes handles the others. */
function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) {
    return error;
  }
  switch ((error as { code?: unknown } | null)?.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError(
        'UNSUPPORTED_MEDIA_TYPE',
        'The content type is missing or not supported. Send GraphQL requests as application/json.',
      );
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError(
        'BODY_TOO_LARGE',
        'The body is larger than QUICK_BODY_BYTES_MAX allows. Send a smaller request.',
      );
    default:
      return undefined;
  }
}

/** Whether a browser opens the page. GraphiQL shows a query in the address but does not run it. */
function wantsPage({ method, headers }: IncomingMessage): boolean {
  const types = acceptedTypes(headers.accept ?? '');
  const page = types.indexOf('text/html');
  const json = types.findIndex((type) => /^application\/(?:graphql-response\+)?json/.test(type));
  return method === 'GET' && page !== -1 && (json === -1 || page < json);
}

/** Whether a request gets the page, which has no data and asks for the key itself. */
export function isPageRequest(request: IncomingMessage): boolean {
  return pathOf(request.url ?? '').replace(/\/$/, '') === URL_PATH && wantsPage(request);
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
