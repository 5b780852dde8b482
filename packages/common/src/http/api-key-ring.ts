import { hash, timingSafeEqual } from 'node:crypto';

import type { Secret } from '../config/secret.ts';

/** The digest of an accepted key. It replaces the key in memory. */
export type Admission = Buffer;

const DIGEST_BYTES = 32;
const ID_BYTES = 4;

/**
 * The valid keys, as digests. The time of a comparison reveals nothing about a key: digests have
 * one length, are compared in constant time, and all of them are compared.
 */
export class ApiKeyRing {
  readonly #digests: readonly Admission[];
  // Shared by all requests, because the collection of a buffer costs more than its digest.
  readonly #digest = Buffer.alloc(DIGEST_BYTES);

  constructor(keys: readonly Secret[]) {
    this.#digests = keys.map((key) => Buffer.from(digestOf(key.reveal()), 'hex'));
  }

  /** Undefined if the text is not a valid key. */
  admit(text: string): Admission | undefined {
    this.#digest.write(digestOf(text), 'hex');
    let admission: Admission | undefined;
    for (const digest of this.#digests) {
      if (timingSafeEqual(digest, this.#digest)) {
        admission = digest;
      }
    }
    return admission;
  }

  has(admission: Admission): boolean {
    return this.#digests.some((digest) => digest.equals(admission));
  }

  equals(other: ApiKeyRing): boolean {
    return (
      this.#digests.length === other.#digests.length &&
      this.#digests.every((digest) => other.has(digest))
    );
  }

  /** Ids of the keys for logs: the first digits of their SHA-256. */
  get ids(): readonly string[] {
    return this.#digests.map((digest) => digest.toString('hex', 0, ID_BYTES));
  }
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex');
}
