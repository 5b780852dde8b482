import { isIP } from 'node:net';

import { isLoopback } from './api-key-check.ts';

/** A name or an address with any port, because a forwarded port differs from the bound one. */
const HOST = /^(\[[\da-f:.]+\]|[a-z\d._-]+)(?::\d{0,5})?$/;
const LENGTH_MAX = 262;
const REMEMBERED_MAX = 256;
const BELOW = '*.';

/**
 * The names that a service responds to. A page that rebinds its name to an address of this machine
 * (DNS rebinding) is rejected by the name, which browsers send in `Host` and pages cannot change.
 *
 * Always known are the names of loopback, the host that the server listens on, and the allowed
 * names. A server beyond loopback also accepts addresses and single labels such as
 * `quick-mirror-0`, because public DNS resolves neither of them for an attacker.
 */
export class KnownHosts {
  readonly #names: ReadonlySet<string>;
  readonly #endings: readonly string[];
  readonly #isOnLoopback: boolean;
  /** Headers that were accepted: one look-up for each request. */
  readonly #accepted = new Set<string>();

  constructor(listensOn: string, allowed: readonly string[]) {
    const isBelow = (name: string): boolean => name.startsWith(BELOW);
    this.#names = new Set([listensOn, ...allowed].map((name) => bare(name.toLowerCase())));
    this.#endings = allowed.filter(isBelow).map((name) => name.slice(1));
    this.#isOnLoopback = isLoopback(listensOn);
  }

  judge(header: string): 'known' | 'unknown' | 'malformed' {
    if (this.#accepted.has(header)) {
      return 'known';
    }
    const [, host] = (header.length <= LENGTH_MAX && HOST.exec(header.toLowerCase())) || [];
    if (host === undefined || (host.startsWith('[') && isIP(bare(host)) !== 6)) {
      return 'malformed';
    }
    if (!this.#isKnown(bare(host))) {
      return 'unknown';
    }
    if (this.#accepted.size >= REMEMBERED_MAX) {
      this.#accepted.clear();
    }
    this.#accepted.add(header);
    return 'known';
  }

  #isKnown(name: string): boolean {
    return (
      isLoopback(name) ||
      name.endsWith('.localhost') ||
      this.#names.has(name) ||
      this.#endings.some((ending) => name.endsWith(ending)) ||
      (!this.#isOnLoopback && (isIP(name) !== 0 || !name.includes('.')))
    );
  }
}

/** Without the brackets of an IPv6 address, and without the dot that may end a name. */
function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host.replace(/\.$/, '');
}
