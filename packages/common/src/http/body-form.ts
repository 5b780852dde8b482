import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '../errors/app-error.ts';

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;
const UTF8 = /^utf-?8$/i;

/**
 * Refuses a body that is not plain UTF-8: another character set would be stored as other
 * characters, and a compressed body could be many times larger than it looks.
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
