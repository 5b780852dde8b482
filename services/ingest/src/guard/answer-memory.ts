/** A response as it was sent. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The state of a request key: new, in flight, used by another request, over the limit, or a
 * response.
 */
export type Known = 'new' | 'in-flight' | 'mismatch' | 'full' | StoredAnswer;

export interface AnswerMemoryOptions {
  readonly entriesMax: number;
  readonly bytesMax: number;
  /** Milliseconds that a response is kept. */
  readonly ttlMs: number;
  /** Milliseconds after which a request without a response is dropped. */
  readonly openMs: number;
}

interface Entry {
  readonly fingerprint: string;
  readonly answer: StoredAnswer | undefined;
  readonly bytes: number;
  /** As of `performance.now()`. */
  readonly endMs: number;
}

/** Approximate size of an entry without its body. */
const ENTRY_BYTES = 500;

/**
 * Responses by request, limited in entries and bytes. The oldest responses are dropped first.
 * Requests in flight are kept, because dropping one could let it run twice.
 */
export class AnswerMemory {
  readonly #options: AnswerMemoryOptions;
  /** Responses, oldest first. */
  readonly #answers = new Map<string, Entry>();
  readonly #open = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: AnswerMemoryOptions) {
    this.#options = options;
  }

  get entries(): number {
    return this.#answers.size + this.#open.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the state of the request. A new request is in flight from now on. */
  begin(id: string, fingerprint: string): Known {
    this.#expire();
    const entry = this.#answers.get(id) ?? this.#open.get(id);
    if (entry !== undefined) {
      return entry.fingerprint === fingerprint ? (entry.answer ?? 'in-flight') : 'mismatch';
    }
    if (this.#open.size >= this.#options.entriesMax) {
      return 'full';
    }
    this.#enter(this.#open, id, { fingerprint, answer: undefined, bytes: ENTRY_BYTES });
    this.#makeRoom();
    return 'new';
  }

  /** Stores the response of a request. */
  finish(id: string, fingerprint: string, answer: StoredAnswer): void {
    this.forget(id);
    const bytes = ENTRY_BYTES + 2 * answer.body.length;
    this.#enter(this.#answers, id, { fingerprint, answer, bytes });
    this.#makeRoom();
  }

  /** Drops the request, so that it can be sent again. */
  forget(id: string): void {
    for (const entries of [this.#open, this.#answers]) {
      this.#bytes -= entries.get(id)?.bytes ?? 0;
      entries.delete(id);
    }
  }

  #enter(entries: Map<string, Entry>, id: string, entry: Omit<Entry, 'endMs'>): void {
    const { ttlMs, openMs } = this.#options;
    const lifetimeMs = entry.answer === undefined ? openMs : ttlMs;
    entries.set(id, { ...entry, endMs: performance.now() + lifetimeMs });
    this.#bytes += entry.bytes;
  }

  #makeRoom(): void {
    const { entriesMax, bytesMax } = this.#options;
    for (const id of this.#answers.keys()) {
      if (this.entries <= entriesMax && this.#bytes <= bytesMax) {
        return;
      }
      this.forget(id);
    }
  }

  /** Each map is ordered by expiry. */
  #expire(): void {
    const nowMs = performance.now();
    for (const entries of [this.#open, this.#answers]) {
      for (const [id, { endMs }] of entries) {
        if (endMs > nowMs) {
          break;
        }
        this.forget(id);
      }
    }
  }
}
