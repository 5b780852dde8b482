import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { OriginGuard } from './origin-guard.ts';

/** Seconds that a browser may remember a preflight. Chromium remembers it at most this long. */
const MAX_AGE_SECONDS = 7_200;
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** For a preflight that names no headers. */
const REQUEST_HEADERS = 'authorization, content-type, idempotency-key, x-api-key';
/** Response headers that a page of another origin may read, besides those of the Fetch standard. */
export const EXPOSED_HEADERS = [
  'allow',
  'etag',
  'idempotency-replayed',
  'retry-after',
  'x-cache-update',
  'x-kafka-offset',
  'x-kafka-partition',
  'x-kafka-timestamp',
  'x-quick-age',
  'x-quick-lag',
  'x-quick-mixed',
  'x-quick-partitions',
  'x-quick-position',
  'x-quick-skipped',
] as const;
const EXPOSED = EXPOSED_HEADERS.join(', ');

/**
 * Cross-origin resource sharing (the Fetch standard, "CORS protocol"): responds to preflights of
 * the pages that the guard allows, and lets them read the other responses.
 */
export function shareResponses(server: Server, guard: OriginGuard): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { origin } = request.headers;
    const allowance = origin === undefined ? undefined : guard.allowance(request, origin);
    if (origin !== undefined && allowance !== undefined && guard.refusal(request) === undefined) {
      grant(response, origin, allowance === 'listed');
      if (isPreflight(request)) {
        answerPreflight(request, response);
        return;
      }
      response.setHeader('access-control-expose-headers', EXPOSED);
    }
    for (const listener of listeners) {
      listener.call(server, request, response);
    }
  });
}

/** Credentials are the cookies of a proxy in front. They are for listed origins only. */
function grant(response: ServerResponse, origin: string, isListed: boolean): void {
  response.setHeader('access-control-allow-origin', isListed ? origin : '*');
  response.setHeader('vary', 'Origin');
  if (isListed) {
    response.setHeader('access-control-allow-credentials', 'true');
  }
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
  const { 'access-control-request-headers': requested = REQUEST_HEADERS } = headers;
  response.setHeader('access-control-allow-methods', METHODS);
  response.setHeader('access-control-allow-headers', requested);
  response.setHeader('access-control-max-age', String(MAX_AGE_SECONDS));
  if (headers['access-control-request-private-network'] === 'true') {
    response.setHeader('access-control-allow-private-network', 'true');
  }
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers');
  response.writeHead(204).end();
}

/** The value of `Vary` with what this server has set before. */
export function withVary(response: ServerResponse, value: string): string {
  const before = response.getHeader('vary');
  return before === undefined || before === value ? value : `${value}, ${String(before)}`;
}
