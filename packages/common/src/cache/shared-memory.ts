/** Whether a text was put for us, was there already, or could be neither put nor read. */
export type Claim =
  | { readonly is: 'ours' }
  | { readonly is: 'taken'; readonly value: string }
  | { readonly is: 'away' };

/**
 * What the replicas of a service share for a while. Nothing here ever rejects, and nothing takes
 * longer than a short deadline: who shares nothing for a moment goes on alone.
 */
export interface SharedMemory {
  /** Puts the value where the key has none. Of several who claim a key at once one gets it. */
  claim(key: string, value: string, ttlMs: number): Promise<Claim>;
  /** Undefined where the key has no value, and where it cannot be read. */
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string, ttlMs: number): Promise<void>;
  drop(key: string): Promise<void>;
}
