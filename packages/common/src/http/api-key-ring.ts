import { hash } from 'node:crypto';

import { createCaller, FULL_GRANTS, type Caller, type Grant } from '../access/caller.ts';
import type { Secret } from '../config/secret.ts';

/** The credentials that a service has accepted. It replaces them in memory. */
export interface Admission {
  readonly caller: Caller;
  /** SHA-256 of the key, in hexadecimal digits. Undefined for a token and without keys. */
  readonly digest?: string;
}

/** A key of the control plane, which stores digests only. */
export interface ScopedKey {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly scopes: readonly string[];
  readonly digests: readonly KeyDigest[];
}

export interface KeyDigest {
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** The end of its validity, in milliseconds since the epoch. */
  readonly untilMs?: number;
}

export interface KeyLists {
  readonly users: readonly Secret[];
  readonly peers: readonly Secret[];
  readonly scoped: readonly ScopedKey[];
}

const ID_CHARS = 8;

/**
 * The valid keys, by their digests. The time of a look-up may depend on a digest. That reveals
 * nothing about a key, because a random key cannot be computed from its digest.
 */
export class ApiKeyRing {
  readonly #admissions = new Map<string, Admission>();

  /** Leaves out digests that have expired. */
  constructor({ users, peers, scoped }: KeyLists, nowMs: number) {
    for (const { name, grants, scopes, digests } of scoped) {
      for (const { sha256: digest, untilMs: expiresAtMs } of digests) {
        if (expiresAtMs === undefined || expiresAtMs > nowMs) {
          const caller = createCaller({ kind: 'key', id: name, grants, scopes, expiresAtMs });
          this.#admissions.set(digest, { caller, digest });
        }
      }
    }
    // Last, so that a key of the configuration keeps its rights.
    for (const kind of ['key', 'peer'] as const) {
      for (const key of kind === 'key' ? users : peers) {
        const digest = digestOf(key.reveal());
        const caller = createCaller({ kind, id: idOf(digest), grants: FULL_GRANTS });
        this.#admissions.set(digest, { caller, digest });
      }
    }
  }

  /** Undefined if the text is not a valid key. */
  admit(text: string): Admission | undefined {
    return this.#admissions.get(digestOf(text));
  }

  /** Whether the key is still valid and has the same rights. */
  has({ digest = '', caller }: Admission): boolean {
    return this.#admissions.get(digest)?.caller.permissionsKey === caller.permissionsKey;
  }

  equals(other: ApiKeyRing): boolean {
    return (
      this.#admissions.size === other.#admissions.size &&
      this.#admissions.values().every((admission) => other.has(admission))
    );
  }

  /** Ids of the keys for logs: the first digits of their SHA-256. */
  get ids(): readonly string[] {
    return [...this.#admissions.keys()].map(idOf);
  }
}

export function digestOf(text: string): string {
  return hash('sha256', text, 'hex');
}

function idOf(digest: string): string {
  return digest.slice(0, ID_CHARS);
}
