import type { IncomingMessage } from 'node:http';

import { CONNECTION_HEADERS } from '@quicksilver/common/http/connection-headers';

/** Of a request also these: what is expected was answered already, and the edge says who asks. */
const OF_REQUESTS = new Set([
  'expect',
  'forwarded',
  'http2-settings',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
]);

/** A client cannot have these taken off by naming them in `Connection`. */
const KEPT = new Set(['content-length', 'content-type', 'host', 'x-api-key']);

/** Name, value, name, value: as Node and undici take them, repeated ones kept apart. */
export type HeaderList = readonly string[];

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
  return kept;
}

export function responseHeaders(rawHeaders: HeaderList): string[] {
  const named = namedInConnection(valueOf(rawHeaders, 'connection'));
  return filter(rawHeaders, (name) => isEndToEnd(name, named));
}

/** Those of a 101 are for this connection and go on as they are. */
export function upgradeHeaders(request: IncomingMessage, prefix: string): string[] {
  return [...requestHeaders(request, prefix), 'connection', 'Upgrade', 'upgrade', 'websocket'];
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** True where a header stands in the list more than once. */
export function isRepeated(rawHeaders: HeaderList, wanted: string): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    count += isNamed(rawHeaders[at], wanted) ? 1 : 0;
  }
  return count > 1;
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
