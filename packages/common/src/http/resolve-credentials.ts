import type { Admission, Credentials } from './api-key-check.ts';

/** The valid keys. */
export interface KeyAdmitter {
  admit(text: string): Admission | undefined;
}

/** The result: the admission by a key, or a token that must be valid instead. */
export interface Resolved {
  readonly admission: Admission | undefined;
  readonly token: string | undefined;
}

const BEARER = /^Bearer +([^\s,]+)$/i;
const INVALID: Resolved = { admission: undefined, token: undefined };

/**
 * Resolves all credentials of a request. Each key must be valid. If there is a token too, it says
 * who the caller is. A bearer without a dot is an API key. `Authorization` may belong to a proxy or
 * to a REST service. So other schemes do not count, and a bearer beside a key does not count if the
 * service accepts no tokens.
 */
export function resolveCredentials(
  { keys, authorizations }: Credentials,
  ring: KeyAdmitter,
  acceptsTokens: boolean,
): Resolved {
  const counts = acceptsTokens || keys.length === 0;
  const bearers = authorizations.length > 0 && counts ? authorizations.flatMap(bearerIn) : [];
  const [bearer] = bearers;
  if (bearers.length > 1) {
    return INVALID;
  }
  const isToken = bearer?.includes('.') === true;
  const admission = admitKeys(bearer === undefined || isToken ? keys : [...keys, bearer], ring);
  if (admission === 'invalid') {
    return INVALID;
  }
  return isToken ? { admission: undefined, token: bearer } : { admission, token: undefined };
}

function bearerIn(authorization: unknown): readonly string[] {
  const bearer = typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
  return bearer === undefined ? [] : [bearer];
}

/** The admission by the first key, undefined without keys. */
function admitKeys(keys: readonly unknown[], ring: KeyAdmitter): Admission | 'invalid' | undefined {
  let first: Admission | undefined;
  for (const key of keys) {
    const admission = typeof key === 'string' ? ring.admit(key) : undefined;
    if (admission === undefined) {
      return 'invalid';
    }
    first ??= admission;
  }
  return first;
}
