import { BlockList, isIP } from 'node:net';

import { MAKE_A_KEY } from '../config/api-key-text.ts';
import type { Admission } from './api-key-ring.ts';

export type { Admission } from './api-key-ring.ts';

/** Node's form of the header's name. */
export const API_KEY_HEADER = 'x-api-key';
export const API_KEY_CHALLENGE = 'ApiKey realm="quicksilver", header="X-API-Key"';
export const NO_KEY_DETAIL = 'No valid authentication token found in request.';

/** Decides whether somebody may use the service. The same one for HTTP, WebSocket and event streams. */
export interface ApiKeyCheck {
  /** False where no key is set at all: then everybody may. Does not change while the process runs. */
  readonly isRequired: boolean;
  /** Undefined where this is no key in force: missing, wrong, or more than one. */
  admit(header: string | readonly string[] | undefined): Admission | undefined;
  /** Whether the key of an earlier admission is accepted still. */
  isInForce(admission: Admission): boolean;
  /** Calls the listener whenever keys have come or gone. Answers how to end that. */
  onChange(listener: () => void): () => void;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a server that listens there is reachable from its own machine only. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0
    ? /^localhost$/i.test(host)
    : LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/** Why a server must not listen there; undefined where it may. */
export function refuseOpenHost(host: string, keys: ApiKeyCheck | undefined): Error | undefined {
  if (keys?.isRequired === true || isLoopback(host)) {
    return undefined;
  }
  const found = host === '' ? 'all addresses of this machine' : host;
  return new Error(
    `No key is set, so this process may listen on loopback only; QUICK_HOST asks for ${found}. ` +
      `Set QUICK_API_KEYS_FILE or QUICK_API_KEYS, or leave QUICK_HOST at 127.0.0.1. ${MAKE_A_KEY}`,
  );
}
