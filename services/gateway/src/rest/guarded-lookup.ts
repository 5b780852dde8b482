import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

import type { RestHost } from '@quicksilver/common/config/rest-hosts';

import { addressKind } from './address-rules.ts';

/** All addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

/** A name that leads where `@rest` may not go. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
  readonly hostname: string;
  readonly address: string;

  constructor(hostname: string, address: string) {
    super(`${hostname} leads to ${address}, which @rest may not reach`);
    this.hostname = hostname;
    this.address = address;
  }
}

/**
 * Resolves a name for a socket that is about to connect, and judges what comes out: the socket goes to
 * the addresses that were judged and to no other, so that a name cannot mean one thing to the check
 * and another to the connection (DNS rebinding). One address that is refused refuses the name. Addresses
 * that a schema names itself never come here: the allowed hosts have them literally.
 */
export function guardedLookup(
  hosts: readonly RestHost[],
  resolveName: ResolveName,
): LookupFunction {
  const mayBePrivate = new Set(
    hosts.filter(({ isPrivate }) => isPrivate).map(({ hostname }) => hostname),
  );
  const judged = async (hostname: string): Promise<LookupAddress[]> => {
    const addresses = await resolveName(hostname);
    for (const { address } of addresses) {
      const kind = addressKind(address);
      if (kind === 'never' || (kind === 'private' && !mayBePrivate.has(hostname))) {
        throw new RefusedAddressError(hostname, address);
      }
    }
    return [...addresses];
  };
  const forSocket = callbackify(judged);
  return (hostname, options, callback) =>
    forSocket(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '');
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
}
