import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';

import { MAKE_A_KEY } from '../config/api-key-text.ts';
import type { Admission } from './api-key-ring.ts';

export type { Admission } from './api-key-ring.ts';

/** The header's name in Node's form. */
export const API_KEY_HEADER = 'x-api-key';
export const API_KEY_CHALLENGE = 'ApiKey realm="quicksilver", header="X-API-Key"';
export const NO_KEY_DETAIL = 'No valid authentication token found in request.';

/** The credentials of a request or of a WebSocket. */
export interface Credentials {
  /** API keys, of which every one must be valid. */
  readonly keys: readonly unknown[];
  /** Values of `Authorization`, of which there may be one. */
  readonly authorizations: readonly unknown[];
}

/** Checks the credentials of a request. HTTP, WebSockets and event streams share one. */
export interface ApiKeyCheck {
  /**
   * False if neither keys nor tokens are set, so that every client is allowed. Constant for the
   * life of the process.
   */
  readonly isRequired: boolean;
  /** Undefined if a credential is missing or invalid, or if a token was not verified before. */
  admit(credentials: Credentials): Admission | undefined;
  /** As `admit`, but verifies a token if it is new. Never rejects. */
  verify(credentials: Credentials): Promise<Admission | undefined>;
  /** Whether the credentials of an earlier admission are still valid. */
  isInForce(admission: Admission): boolean;
  /** Calls the listener after each change of keys. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void;
}

const NONE: readonly unknown[] = [];

export function credentialsIn(headers: IncomingHttpHeaders): Credentials {
  const { [API_KEY_HEADER]: key, authorization } = headers;
  return {
    keys: key === undefined ? NONE : [key],
    authorizations: authorization === undefined ? NONE : [authorization],
  };
}

/** Whether a token may be among the credentials. */
export function mayHaveToken({ authorizations }: Credentials): boolean {
  return authorizations.length > 0;
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
