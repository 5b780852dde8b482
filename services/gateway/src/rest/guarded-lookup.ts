import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

import type { RestHost } from '@quicksilver/common/config/rest-hosts';

import { addressKind } from './address-rules.ts';

/** All addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

/** A name resolved to an address that `@rest` may not use. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
  readonly hostname: string;
  readonly address: string;

  constructor(hostname: string, address: string) {
    super(`${hostname} resolves to ${address}, which @rest may not use`);
    this.hostname = hostname;
    this.address = address;
  }
}

/**
 * Resolves a name for a socket and checks the addresses. The socket connects only to these
 * addresses, so a name cannot change its meaning between the check and the connection (DNS
 * rebinding). One forbidden address rejects the name. Literal addresses in a schema do not get
 * here: the allowed hosts list them literally.
 */
export function guardedLookup(
  hosts: readonly RestHost[],
  resolveName: ResolveName,
): LookupFunction {
  const mayBePrivate = new Set(
    hosts.filter(({ isPrivate }) => isPrivate).map(({ hostname }) => hostname),
  );
  const checkedAddresses = async (hostname: string): Promise<LookupAddress[]> => {
    const addresses = await resolveName(hostname);
    for (const { address } of addresses) {
      const kind = addressKind(address);
      if (kind === 'never' || (kind === 'private' && !mayBePrivate.has(hostname))) {
        throw new RefusedAddressError(hostname, address);
      }
    }
    return [...addresses];
  };
  const forSocket = callbackify(checkedAddresses);
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
