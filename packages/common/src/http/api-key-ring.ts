import { hash, timingSafeEqual } from 'node:crypto';

import type { Secret } from '../config/secret.ts';

/** The digest of a key that was accepted. It stands for the key wherever that is remembered. */
export type Admission = Buffer;

const DIGEST_BYTES = 32;
const ID_BYTES = 4;

/**
 * Keys in force, as digests. How long a comparison takes says nothing about a key: digests have one
 * length and are compared in constant time, and all of them are, whether or not one fits.
 */
export class ApiKeyRing {
  readonly #digests: readonly Admission[];
  // One for all requests: a buffer for each would cost more than its digest, once it is collected.
  readonly #given = Buffer.alloc(DIGEST_BYTES);

  constructor(keys: readonly Secret[]) {
    this.#digests = keys.map((key) => Buffer.from(digestOf(key.reveal()), 'hex'));
  }

  /** Undefined where the text is none of the keys. */
  admit(text: string): Admission | undefined {
    this.#given.write(digestOf(text), 'hex');
    let admission: Admission | undefined;
    for (const digest of this.#digests) {
      if (timingSafeEqual(digest, this.#given)) {
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

  /** What a log may say of the keys: the first digits of their SHA-256. */
  get ids(): readonly string[] {
    return this.#digests.map((digest) => digest.toString('hex', 0, ID_BYTES));
  }
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex');
}
