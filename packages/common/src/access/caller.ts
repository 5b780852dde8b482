/** What a caller may do with the data. `admin` includes the others and controls the deployment. */
export const RIGHTS = ['read', 'write', 'admin'] as const;
export type Right = (typeof RIGHTS)[number];

/** A right, possibly limited to gateways and topics whose names match one of the patterns. */
export interface Grant {
  readonly right: Right;
  /** Through these gateways only. */
  readonly gateways?: readonly string[];
  /** For these topics only. */
  readonly topics?: readonly string[];
}

/** What a request needs. Undefined if it concerns no gateway, or no single topic. */
export interface Need {
  readonly right: Right;
  readonly gateway?: string | undefined;
  readonly topic?: string | undefined;
}

/** Who sent a request, for every service and transport. */
export interface Caller {
  readonly kind: 'key' | 'peer' | 'token' | 'anonymous';
  /** The name of a key or the subject of a token, for logs and limits. Never a secret. */
  readonly id: string;
  readonly grants: readonly Grant[];
  /** Whether the caller proved who it is: not with a key that may be public. */
  readonly isAuthenticated: boolean;
  /** The scopes that `@requiresScopes` names. */
  readonly scopes: ReadonlySet<string>;
  /** The claims of a token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Equal for callers with equal rights. It does not include claims. */
  readonly permissionsKey: string;
  /** When the credentials expire, in milliseconds since the epoch. */
  readonly expiresAtMs: number | undefined;
}

export interface CallerParts extends Pick<Caller, 'kind' | 'id' | 'grants'> {
  readonly scopes?: readonly string[];
  readonly claims?: Caller['claims'];
  readonly expiresAtMs?: number | undefined;
}

export function createCaller({
  kind,
  id,
  grants,
  scopes = [],
  claims = {},
  expiresAtMs,
}: CallerParts): Caller {
  const isAuthenticated = kind === 'token' || (kind !== 'anonymous' && isUnlimitedAdmin(grants));
  return Object.freeze({
    kind,
    id,
    grants,
    isAuthenticated,
    scopes: new Set(scopes),
    claims,
    permissionsKey: JSON.stringify([
      isAuthenticated,
      grants.map(({ right, gateways, topics }) => [right, gateways ?? 0, topics ?? 0]),
      scopes.toSorted(),
    ]),
    expiresAtMs,
  });
}

export const FULL_GRANTS: readonly Grant[] = [{ right: 'admin' }];

/** Every caller of a service without keys, which listens on loopback only. */
export const ANONYMOUS = createCaller({ kind: 'anonymous', id: '', grants: FULL_GRANTS });

/** A request without credentials to a service with keys. It may open pages that need none. */
export const STRANGER = createCaller({ kind: 'anonymous', id: '', grants: [] });

/** Whether a grant covers the need. A limited grant does not cover a need without a name. */
export function permits({ grants }: Pick<Caller, 'grants'>, need: Need): boolean {
  return grants.some(
    ({ right, gateways, topics }) =>
      (right === need.right || right === 'admin') &&
      matches(gateways, need.gateway) &&
      matches(topics, need.topic),
  );
}

/** Whether the caller may send operations to a gateway. Their fields have needs of their own. */
export function entersGateway({ grants }: Pick<Caller, 'grants'>, gateway: string): boolean {
  return grants.some(({ gateways }) => matches(gateways, gateway));
}

/** Whether the caller has every scope that a schema can name. */
export function isUnlimitedAdmin(grants: readonly Grant[]): boolean {
  return grants.some(
    ({ right, gateways, topics }) =>
      right === 'admin' && gateways === undefined && topics === undefined,
  );
}

function matches(patterns: readonly string[] | undefined, name: string | undefined): boolean {
  return (
    patterns === undefined ||
    (name !== undefined && patterns.some((pattern) => matchesPattern(pattern, name)))
  );
}

/** Whether a name matches a pattern, in which each `*` stands for any text. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) {
    return pattern === name;
  }
  if (!name.startsWith(first)) {
    return false;
  }
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) {
      return false;
    }
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
