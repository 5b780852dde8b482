import type { IncomingHttpHeaders } from 'node:http';

import { CONNECTION_HEADERS } from '@quicksilver/common/http/connection-headers';

import type { ForwardedHeaders } from '../loaders/rest-caller.ts';

/** Headers that are never forwarded: our own keys, and headers of one connection or one body. */
const NEVER: ReadonlySet<string> = new Set([
  ...CONNECTION_HEADERS,
  'x-api-key',
  'host',
  'expect',
  'content-length',
  'content-type',
  'content-encoding',
  'accept',
  'accept-encoding',
]);
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

export function canBeForwarded(name: string): boolean {
  return NAME.test(name) && !NEVER.has(name);
}

/** The headers of the client whose names are in `names`. */
export function forwardedHeaders(
  names: ReadonlySet<string>,
  headers: IncomingHttpHeaders,
): ForwardedHeaders {
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const value = headers[name];
      return value === undefined || !canBeForwarded(name)
        ? []
        : [[name, Array.isArray(value) ? value.join(', ') : value]];
    }),
  );
}
