/** A host that `@rest` may fetch from. */
export interface RestHost {
  /** As in a URL: in lower case, with brackets around an IPv6 address. */
  readonly hostname: string;
  /** Undefined allows 80 and 443. */
  readonly port?: number;
  /** Whether its name may resolve to an address of a private network. */
  readonly isPrivate: boolean;
}

const ENTRY = /^(?<hostname>\[[\da-f:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?(?<private>=private)?$/i;
const PORTS: ReadonlySet<number> = new Set([80, 443]);

/** Reads entries that are separated by commas, or returns the first invalid one. */
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
  // A URL parser would turn another spelling, such as 0x7f.1, into a different address.
  if (url === null || url.hostname !== hostname.toLowerCase() || !isPort) {
    return undefined;
  }
  return {
    hostname: url.hostname,
    ...(port === undefined ? {} : { port: Number(port) }),
    isPrivate: marked !== undefined,
  };
}

/** The inverse of `readRestHosts`. */
export function printRestHost({ hostname, port, isPrivate }: RestHost): string {
  return `${hostname}${port === undefined ? '' : `:${port}`}${isPrivate ? '=private' : ''}`;
}

/** The target of a request of `@rest`. */
export interface RestTarget {
  readonly hostname: string;
  readonly port: number;
}

/** The reason why `@rest` may not fetch from a host, as a sentence, or undefined if it may. */
export function restRefusal(hosts: readonly RestHost[], target: RestTarget): string | undefined {
  const { hostname, port } = target;
  if (hosts.length === 0) {
    return `@rest is off, because no host is allowed. Set QUICK_REST_ALLOWED_HOSTS of the manager and the gateways, for example to ${hostname}:${port}.`;
  }
  const ofName = hosts.filter((host) => host.hostname === hostname);
  const isAllowed = ofName.some((host) =>
    host.port === undefined ? PORTS.has(port) : host.port === port,
  );
  return isAllowed
    ? undefined
    : `@rest may not fetch from ${hostname}:${port}, which is not among the hosts of QUICK_REST_ALLOWED_HOSTS${ofName.length > 0 ? ' with this port' : ''}.`;
}
