import { Secret } from './secret.ts';

/** The address of a schema registry. */
export interface RegistryAddress {
  readonly origin: string;
  /** Prefix of the API's paths, without a trailing slash. */
  readonly path: string;
  /** User and password in the form of HTTP Basic authentication. */
  readonly credentials: Secret | undefined;
}

/** Undefined if the text is not an http URL, or if it has a query or a fragment. */
export function readRegistryAddress(text: string): RegistryAddress | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || `${url.search}${url.hash}` !== '') {
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
