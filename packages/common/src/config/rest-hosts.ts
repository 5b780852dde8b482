/** A host that the REST services of schemas may be on. */
export interface RestHost {
  /** As in a URL: in lower case, an IPv6 address in brackets. */
  readonly hostname: string;
  /** Undefined allows 80 and 443. */
  readonly port?: number;
  /** Whether its name may lead to an address of a private network. */
  readonly isPrivate: boolean;
}

const ENTRY = /^(?<hostname>\[[\da-f:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?(?<private>=private)?$/i;
const PORTS: ReadonlySet<number> = new Set([80, 443]);

/** Reads entries that are separated by commas; answers the first one that cannot be read, where there is one. */
export function readRestHosts(text: string): readonly RestHost[] | { readonly wrong: string } {
  const hosts: RestHost[] = [];
  for (const entry of text.split(',').map((each) => each.trim())) {
    const host = entry === '' ? undefined : readHost(entry);
    if (host !== undefined) {
      hosts.push(host);
    } else if (entry !== '') {
      return { wrong: entry };
    }
  }
  return hosts;
}

function readHost(entry: string): RestHost | undefined {
  const { hostname = '', port, private: marked } = ENTRY.exec(entry)?.groups ?? {};
  const url = URL.parse(`http://${hostname}`);
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
  // Another spelling of an address, such as 0x7f.1, means something else than it says.
  if (url === null || url.hostname !== hostname.toLowerCase() || !isPort) {
    return undefined;
  }
  return {
    hostname: url.hostname,
    ...(port === undefined ? {} : { port: Number(port) }),
    isPrivate: marked !== undefined,
  };
}

/** As `readRestHosts` reads it. */
export function printRestHost({ hostname, port, isPrivate }: RestHost): string {
  return `${hostname}${port === undefined ? '' : `:${port}`}${isPrivate ? '=private' : ''}`;
}

/** Where a schema wants to fetch from. */
export interface RestPlace {
  readonly hostname: string;
  readonly port: number;
}

/** Why `@rest` may not fetch from there, as a sentence; undefined where it may. */
export function restRefusal(hosts: readonly RestHost[], place: RestPlace): string | undefined {
  const { hostname, port } = place;
  if (hosts.length === 0) {
    return `@rest cannot be used here: no host is allowed. Set QUICK_REST_ALLOWED_HOSTS of the manager and the gateways, for example to ${hostname}:${port}.`;
  }
  const ofName = hosts.filter((host) => host.hostname === hostname);
  const isAllowed = ofName.some((host) =>
    host.port === undefined ? PORTS.has(port) : host.port === port,
  );
  return isAllowed
    ? undefined
    : `@rest may not fetch from ${hostname}:${port}, which is not among the hosts of QUICK_REST_ALLOWED_HOSTS${ofName.length > 0 ? ' with this port' : ''}.`;
}
