import { Secret } from './secret.ts';

/** The address of a schema registry. */
export interface RegistryAddress {
  readonly origin: string;
  /** Prefix of the API's paths, without a trailing slash. */
  readonly path: string;
  /** User and password in the form of HTTP Basic authentication. */
  readonly credentials: Secret | undefined;
}

/**
 * The addresses of a list with commas: servers of one registry. Undefined if one of them is not an
 * http URL, or if it has a query or a fragment.
 */
export function readRegistryAddresses(text: string): readonly RegistryAddress[] | undefined {
  const addresses = text.split(/,\s*(?=https?:)/).map(readAddress);
  return addresses.some((address) => address === undefined)
    ? undefined
    : addresses.filter((address) => address !== undefined);
}

function readAddress(text: string): RegistryAddress | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || `${url.search}${url.hash}` !== '') {
    return undefined;
  }
  // A second address without http:// would become part of the host.
  if (url.hostname.includes(',')) {
    return undefined;
  }
  const { origin, pathname, username, password } = url;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    origin,
    path: pathname.replace(/\/+$/, ''),
    credentials: username === '' ? undefined : new Secret(Buffer.from(user).toString('base64')),
  };
}
