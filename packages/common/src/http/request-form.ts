import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { AppError } from '../errors/app-error.ts';

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;
const UTF8 = /^utf-?8$/i;

/** Node would silently drop headers beyond a limit. */
const HEADERS_MAX = 100;

/** Rejects a request by its headers alone. */
export function refuseHead(request: IncomingMessage): AppError | undefined {
  if (request.rawHeaders.length > 2 * HEADERS_MAX) {
    return new AppError('HEADERS_TOO_LARGE', `Expected at most ${HEADERS_MAX} headers.`);
  }
  return undefined;
}

/**
 * Rejects a body that is not plain UTF-8. Another character set would be stored as other
 * characters, and a compressed body could expand many times.
 */
export function refuseUnreadable(headers: IncomingHttpHeaders): AppError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new AppError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Expected a body without Content-Encoding, found ${encoding}. Send it uncompressed.`,
    );
  }
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !UTF8.test(charset)) {
    return new AppError(
      'UNSUPPORTED_MEDIA_TYPE',
      `Expected a body in UTF-8, found charset=${charset}.`,
    );
  }
  return undefined;
}
