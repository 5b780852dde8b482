import { BlockList, isIP } from 'node:net';

import { MAKE_A_KEY } from '../config/api-key-text.ts';
import type { Admission } from './api-key-ring.ts';

export type { Admission } from './api-key-ring.ts';

/** The header's name in Node's form. */
export const API_KEY_HEADER = 'x-api-key';
export const API_KEY_CHALLENGE = 'ApiKey realm="quicksilver", header="X-API-Key"';
export const NO_KEY_DETAIL = 'No valid authentication token found in request.';

/** Checks the API key of a request. HTTP, WebSockets and event streams share one. */
export interface ApiKeyCheck {
  /**
   * False if no key is set, so that every client is allowed. Constant for the life of the process.
   */
  readonly isRequired: boolean;
  /** Undefined if the key is missing or invalid, or if there are several. */
  admit(header: string | readonly string[] | undefined): Admission | undefined;
  /** Whether the key of an earlier admission is still valid. */
  isInForce(admission: Admission): boolean;
  /** Calls the listener after each change of keys. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a server on this host is reachable from its own machine only. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0
    ? /^localhost$/i.test(host)
    : LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/** An error if a server must not listen on this host without a key, else undefined. */
export function refuseOpenHost(host: string, keys: ApiKeyCheck | undefined): Error | undefined {
  if (keys?.isRequired === true || isLoopback(host)) {
    return undefined;
  }
  const address = host === '' ? 'all addresses of this machine' : host;
  return new Error(
    `No key is set, so this process may listen on loopback only, but QUICK_HOST is ${address}. ` +
      `Set QUICK_API_KEYS_FILE or QUICK_API_KEYS, or set QUICK_HOST to 127.0.0.1. ${MAKE_A_KEY}`,
  );
}
