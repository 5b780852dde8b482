/** One wrong "maybe" in seven hundred: a lookup asks many filters, and each costs it a page. */
const BITS_PER_KEY = 14;
/** Must stay: filters are stored. More would bring little. */
const PROBES = 7;

/**
 * A Bloom filter (B. H. Bloom, 1970): says for certain that a key is not there, and otherwise only
 * that it may be. The probes are made from one hash by double hashing, as LevelDB makes them.
 */
export class KeyFilter {
  readonly bytes: Uint8Array;

  /** Over bytes that another filter had. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  static forKeys(count: number): KeyFilter {
    return new KeyFilter(new Uint8Array(Math.max(8, Math.ceil((count * BITS_PER_KEY) / 8))));
  }

  /** The number of keys that it was made for; a few more where they are few. */
  get keys(): number {
    return Math.floor((this.bytes.length * 8) / BITS_PER_KEY);
  }

  /** The hash is that of `hashOf`. */
  add(hash: number): void {
    const bits = this.bytes.length * 8;
    const delta = deltaOf(hash);
    for (let probe = 0, at = hash; probe < PROBES; probe += 1, at = (at + delta) >>> 0) {
      const bit = at % bits;
      this.bytes[bit >>> 3] = (this.bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  mayHave(hash: number): boolean {
    const bits = this.bytes.length * 8;
    const delta = deltaOf(hash);
    for (let probe = 0, at = hash; probe < PROBES; probe += 1, at = (at + delta) >>> 0) {
      const bit = at % bits;
      if (((this.bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) {
        return false;
      }
    }
    return true;
  }
}

/** FNV-1a (Fowler, Noll, Vo), with its bits mixed once more; 32 bits without a sign. */
export function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ (key[at] ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function deltaOf(hash: number): number {
  return ((hash >>> 17) | (hash << 15)) >>> 0;
}
