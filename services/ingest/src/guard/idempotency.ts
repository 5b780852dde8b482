import type { SharedMemory } from '@quicksilver/common/cache/shared-memory';
import { z } from 'zod';

import type { AnswerMemory, Known, StoredAnswer } from './answer-memory.ts';

export interface IdempotencyOptions {
  readonly memory: AnswerMemory;
  /** The cache that replicas share. Without it, each process only has its own requests. */
  readonly shared: SharedMemory | undefined;
  readonly ttlMs: number;
  readonly openMs: number;
}

/** A request by its key. `id` includes the user, and `fingerprint` identifies the content. */
export interface KeyedRequest {
  readonly id: string;
  readonly fingerprint: string;
}

const sharedEntry = z.object({
  fingerprint: z.string(),
  answer: z
    .object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.string() })
    .optional(),
});

/**
 * Stores the responses to requests with an `Idempotency-Key`, in this process and for the other
 * replicas. Its own memory comes first, because it is always available.
 */
export class Idempotency {
  readonly #options: IdempotencyOptions;

  constructor(options: IdempotencyOptions) {
    this.#options = options;
  }

  /** Returns the state of the request. After `new`, the caller must call `finish` or `release`. */
  begin(request: KeyedRequest): Known | Promise<Known> {
    const { memory, shared } = this.#options;
    const known = memory.begin(request.id, request.fingerprint);
    return known !== 'new' || shared === undefined ? known : this.#claim(request, shared);
  }

  finish({ id, fingerprint }: KeyedRequest, answer: StoredAnswer): void {
    const { memory, shared, ttlMs } = this.#options;
    memory.finish(id, fingerprint, answer);
    // Not awaited. Until the response is stored, other replicas see the request in flight.
    void shared?.put(id, JSON.stringify({ fingerprint, answer }), ttlMs);
  }

  /** Nothing was written, so the request may be sent again. */
  release({ id }: KeyedRequest): void {
    this.#options.memory.forget(id);
    void this.#options.shared?.drop(id);
  }

  async #claim({ id, fingerprint }: KeyedRequest, shared: SharedMemory): Promise<Known> {
    const { memory, openMs } = this.#options;
    const claim = await shared.claim(id, JSON.stringify({ fingerprint }), openMs);
    const entry = claim.is === 'taken' ? parseEntry(claim.value) : undefined;
    if (entry === undefined) {
      return 'new';
    }
    if (entry.fingerprint === fingerprint && entry.answer !== undefined) {
      memory.finish(id, fingerprint, entry.answer);
      return entry.answer;
    }
    memory.forget(id);
    return entry.fingerprint === fingerprint ? 'in-flight' : 'mismatch';
  }
}

/** Undefined if another version wrote it in another format. */
function parseEntry(text: string): z.infer<typeof sharedEntry> | undefined {
  try {
    return sharedEntry.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
