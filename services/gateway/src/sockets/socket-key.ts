import type { IncomingHttpHeaders } from 'node:http';

import { credentialsIn, type Credentials } from '@quicksilver/common/http/api-key-check';

/** Members of the payload of `connection_init` that contain a key, in lower case. */
const KEY_NAMES: ReadonlySet<string> = new Set(['x-api-key', 'apikey']);
const TOKEN_NAME = 'authorization';

/**
 * The credentials of a WebSocket. They are in the headers of the upgrade or, because browsers
 * cannot set headers, in the payload of `connection_init`.
 */
export function socketCredentials(
  headers: IncomingHttpHeaders,
  payload: Readonly<Record<string, unknown>> | undefined,
): Credentials {
  const { keys, authorizations } = credentialsIn(headers);
  const members = Object.entries(payload ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return {
    keys: [...members.filter(([name]) => KEY_NAMES.has(name)).map(([, value]) => value), ...keys],
    authorizations: [
      ...members.filter(([name]) => name === TOKEN_NAME).map(([, value]) => value),
      ...authorizations,
    ],
  };
}
