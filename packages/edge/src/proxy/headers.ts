import type { IncomingMessage } from 'node:http';

import { CONNECTION_HEADERS } from '@quicksilver/common/http/connection-headers';

/**
 * Request headers that are not forwarded either. The edge has answered `Expect`, sets the
 * forwarding headers itself, and has already checked the origin. A service is called by its own
 * address.
 */
const OF_REQUESTS = new Set([
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'origin',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
]);

/** Headers that a client cannot remove by naming them in `Connection`. */
const KEPT = new Set(['content-length', 'content-type', 'x-api-key']);

/** Alternating names and values, as in Node and undici. Repeated headers stay separate. */
export type HeaderList = readonly string[];

/** The sender of the request sets `Host`, because it knows the address. */
export function requestHeaders(request: IncomingMessage, prefix: string): string[] {
  const { rawHeaders, headers, socket } = request;
  const named = namedInConnection(headers.connection);
  const forwarded = filter(rawHeaders, (name) => !OF_REQUESTS.has(name) && isEndToEnd(name, named));
  forwarded.push('x-forwarded-for', socket.remoteAddress ?? 'unknown', 'x-forwarded-proto', 'http');
  if (headers.host !== undefined) {
    forwarded.push('x-forwarded-host', headers.host);
  }
  if (prefix !== '') {
    forwarded.push('x-forwarded-prefix', prefix);
  }
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    // The edge accepts only pages of allowed origins, so services treat them as their own.
    forwarded.push('sec-fetch-site', 'same-origin');
  }
  return forwarded;
}

export function responseHeaders(rawHeaders: HeaderList): string[] {
  const named = namedInConnection(valueOf(rawHeaders, 'connection'));
  return filter(rawHeaders, (name) => isEndToEnd(name, named));
}

/** Headers for an upgrade, including those of the connection itself. */
export function upgradeHeaders(request: IncomingMessage, prefix: string, host: string): string[] {
  const upgrade = ['connection', 'Upgrade', 'upgrade', 'websocket'];
  return ['host', host, ...requestHeaders(request, prefix), ...upgrade];
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function filter(rawHeaders: HeaderList, isKept: (name: string) => boolean): string[] {
  const forwarded: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (isKept(name.toLowerCase())) {
      forwarded.push(name, rawHeaders[at + 1] ?? '');
    }
  }
  return forwarded;
}

function isEndToEnd(name: string, named: ReadonlySet<string>): boolean {
  return !CONNECTION_HEADERS.has(name) && (!named.has(name) || KEPT.has(name));
}

/** All values of a header as one list. The header may occur several times. */
function valueOf(rawHeaders: HeaderList, headerName: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (isNamed(rawHeaders[at], headerName)) {
      value = value === undefined ? rawHeaders[at + 1] : `${value},${rawHeaders[at + 1]}`;
    }
  }
  return value;
}

function isNamed(name = '', headerName: string): boolean {
  return name.length === headerName.length && name.toLowerCase() === headerName;
}

const NONE: ReadonlySet<string> = new Set();

function namedInConnection(value: string | undefined): ReadonlySet<string> {
  return value === undefined
    ? NONE
    : new Set(value.split(',').map((name) => name.trim().toLowerCase()));
}
