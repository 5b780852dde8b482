/**
 * Lower-case names of the headers that belong to one connection (RFC 9110, 7.6.1). Code that copies
 * headers between messages omits them, because each sender sets its own.
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
