/**
 * `ours` if the value was stored, `taken` if the key already had one, `away` if the cache failed.
 */
export type Claim =
  | { readonly is: 'ours' }
  | { readonly is: 'taken'; readonly value: string }
  | { readonly is: 'away' };

/**
 * A cache that the replicas of a service share. Calls never reject and have a short deadline:
 * without the cache a replica works alone.
 */
export interface SharedMemory {
  /** Stores the value if the key has none. Of several concurrent claims, one succeeds. */
  claim(key: string, value: string, ttlMs: number): Promise<Claim>;
  /** Undefined if the key has no value or cannot be read. */
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string, ttlMs: number): Promise<void>;
  drop(key: string): Promise<void>;
}
