/**
 * Lower-case names of the headers that belong to one connection (RFC 9110, 7.6.1). Whatever copies
 * headers from one message to another leaves them out: the sender of the other message sets its own.
 */
export const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
