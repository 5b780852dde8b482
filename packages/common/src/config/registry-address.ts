import { Secret } from './secret.ts';

/** Where a schema registry is. */
export interface RegistryAddress {
  readonly origin: string;
  /** Before the API's own paths, without a slash at its end. */
  readonly path: string;
  /** User and password as HTTP's Basic scheme has them. */
  readonly credentials: Secret | undefined;
}

/** Undefined where the text is no http URL without search and fragment. */
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
