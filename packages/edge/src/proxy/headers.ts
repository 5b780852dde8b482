import type { IncomingMessage } from 'node:http';

import { CONNECTION_HEADERS } from '@quicksilver/common/http/connection-headers';

/**
 * Of a request also these: what is expected was answered already, and the edge says who asks. A
 * service is called by its own address, and the edge has judged the page that asks.
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

/** A client cannot have these taken off by naming them in `Connection`. */
const KEPT = new Set(['content-length', 'content-type', 'x-api-key']);

/** Name, value, name, value: as Node and undici take them, repeated ones kept apart. */
export type HeaderList = readonly string[];

/** `Host` is left to what sends the request, which knows the address. */
export function requestHeaders(request: IncomingMessage, prefix: string): string[] {
  const { rawHeaders, headers, socket } = request;
  const named = namedInConnection(headers.connection);
  const kept = filter(rawHeaders, (name) => !OF_REQUESTS.has(name) && isEndToEnd(name, named));
  kept.push('x-forwarded-for', socket.remoteAddress ?? 'unknown', 'x-forwarded-proto', 'http');
  if (headers.host !== undefined) {
    kept.push('x-forwarded-host', headers.host);
  }
  if (prefix !== '') {
    kept.push('x-forwarded-prefix', prefix);
  }
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    // A page that the edge accepts is one of the service's own.
    kept.push('sec-fetch-site', 'same-origin');
  }
  return kept;
}

export function responseHeaders(rawHeaders: HeaderList): string[] {
  const named = namedInConnection(valueOf(rawHeaders, 'connection'));
  return filter(rawHeaders, (name) => isEndToEnd(name, named));
}

/** Those of a 101 are for this connection and go on as they are. */
export function upgradeHeaders(request: IncomingMessage, prefix: string, host: string): string[] {
  const upgrade = ['connection', 'Upgrade', 'upgrade', 'websocket'];
  return ['host', host, ...requestHeaders(request, prefix), ...upgrade];
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function filter(rawHeaders: HeaderList, isKept: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (isKept(name.toLowerCase())) {
      kept.push(name, rawHeaders[at + 1] ?? '');
    }
  }
  return kept;
}

function isEndToEnd(name: string, named: ReadonlySet<string>): boolean {
  return !CONNECTION_HEADERS.has(name) && (!named.has(name) || KEPT.has(name));
}

/** Of a header that may stand in the list several times, all values as one list. */
function valueOf(rawHeaders: HeaderList, wanted: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (isNamed(rawHeaders[at], wanted)) {
      value = value === undefined ? rawHeaders[at + 1] : `${value},${rawHeaders[at + 1]}`;
    }
  }
  return value;
}

function isNamed(name = '', wanted: string): boolean {
  return name.length === wanted.length && name.toLowerCase() === wanted;
}

const NONE: ReadonlySet<string> = new Set();

function namedInConnection(value: string | undefined): ReadonlySet<string> {
  return value === undefined
    ? NONE
    : new Set(value.split(',').map((name) => name.trim().toLowerCase()));
}
