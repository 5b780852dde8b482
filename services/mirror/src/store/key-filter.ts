/**
 * One false positive in 700. A lookup checks many filters, and each false positive costs it a page.
 */
const BITS_PER_KEY = 14;
/** Must not change, because filters are stored. More probes would help little. */
const PROBES = 7;

/**
 * A Bloom filter (B. H. Bloom, 1970). A negative answer is certain, and a positive one is not.
 * Double hashing derives the probes from one hash, as in LevelDB.
 */
export class KeyFilter {
  readonly bytes: Uint8Array;

  /** Over the bytes of another filter. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  static forKeys(count: number): KeyFilter {
    return new KeyFilter(new Uint8Array(Math.max(8, Math.ceil((count * BITS_PER_KEY) / 8))));
  }

  /** The number of keys that the filter was created for. Small filters report a few more. */
  get keys(): number {
    return Math.floor((this.bytes.length * 8) / BITS_PER_KEY);
  }

  /** `hash` is the result of `hashOf`. */
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

/** FNV-1a (Fowler, Noll, Vo) with a final mix of its bits, as an unsigned 32-bit integer. */
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
