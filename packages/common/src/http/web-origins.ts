import { ORIGIN_ENTRY } from '../config/origin-options.ts';

const ANY = '*';

/**
 * Origins of web pages, as the header `Origin` has them (RFC 6454, section 6.2). An entry is an
 * origin, or a pattern: `*.` in front of a host stands for all names below it, `:*` for every port,
 * and `*` alone for every origin.
 */
export class WebOrigins {
  /** Whether the list has every origin. */
  readonly hasAll: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly RegExp[];

  /** The entries are in lower case, as browsers send origins. */
  constructor(entries: readonly string[]) {
    const isExact = (entry: string): boolean => !entry.includes('*');
    this.hasAll = entries.includes(ANY);
    this.#exact = new Set(entries.filter(isExact));
    this.#patterns = entries.filter((entry) => !isExact(entry) && entry !== ANY).map(toRegExp);
  }

  /** Whether an entry other than `*` has the origin. */
  lists(origin: string): boolean {
    return this.#exact.has(origin) || this.#patterns.some((pattern) => pattern.test(origin));
  }

  has(origin: string): boolean {
    // Many pages share `null`, for example those of files and of sandboxed frames.
    return (this.hasAll && origin !== 'null') || this.lists(origin);
  }
}

function toRegExp(entry: string): RegExp {
  const [, scheme = '', below, host = '', port = ''] = ORIGIN_ENTRY.exec(entry) ?? [];
  const names = below === undefined ? '' : '(?:[a-z\\d_-]+\\.)+';
  const ports = port === ':*' ? '(?::\\d{1,5})?' : RegExp.escape(port);
  return new RegExp(`^${RegExp.escape(scheme)}${names}${RegExp.escape(host)}${ports}$`);
}
