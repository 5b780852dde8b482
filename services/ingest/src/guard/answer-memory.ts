/** An answer as it was sent. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is known of a request: nothing, that it is being answered, its answer, or that it was another one. */
export type Known = 'new' | 'in-flight' | 'mismatch' | 'full' | StoredAnswer;

export interface AnswerMemoryOptions {
  readonly entriesMax: number;
  readonly bytesMax: number;
  /** Milliseconds that an answer is kept. */
  readonly ttlMs: number;
  /** Milliseconds after which a request without an answer is forgotten. */
  readonly openMs: number;
}

interface Entry {
  readonly fingerprint: string;
  readonly answer: StoredAnswer | undefined;
  readonly bytes: number;
  /** As of `performance.now()`. */
  readonly endMs: number;
}

/** What an entry costs besides its body, roughly. */
const ENTRY_BYTES = 500;

/**
 * Answers by request, bounded in entries and bytes: the oldest answers make room. Requests that are
 * being answered stay, since forgetting one could let it be done twice.
 */
export class AnswerMemory {
  readonly #options: AnswerMemoryOptions;
  /** Answers, the oldest first. */
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

  /** What is known of the request. Where it is new, it is in flight from here on. */
  begin(id: string, fingerprint: string): Known {
    this.#expire();
    const found = this.#answers.get(id) ?? this.#open.get(id);
    if (found !== undefined) {
      return found.fingerprint === fingerprint ? (found.answer ?? 'in-flight') : 'mismatch';
    }
    if (this.#open.size >= this.#options.entriesMax) {
      return 'full';
    }
    this.#enter(this.#open, id, { fingerprint, answer: undefined, bytes: ENTRY_BYTES });
    this.#makeRoom();
    return 'new';
  }

  /** The request has its answer. */
  finish(id: string, fingerprint: string, answer: StoredAnswer): void {
    this.forget(id);
    const bytes = ENTRY_BYTES + 2 * answer.body.length;
    this.#enter(this.#answers, id, { fingerprint, answer, bytes });
    this.#makeRoom();
  }

  /** The request may be made anew. */
  forget(id: string): void {
    for (const entries of [this.#open, this.#answers]) {
      this.#bytes -= entries.get(id)?.bytes ?? 0;
      entries.delete(id);
    }
  }

  #enter(entries: Map<string, Entry>, id: string, entry: Omit<Entry, 'endMs'>): void {
    const { ttlMs, openMs } = this.#options;
    const keptMs = entry.answer === undefined ? openMs : ttlMs;
    entries.set(id, { ...entry, endMs: performance.now() + keptMs });
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

  /** Each map has its entries in the order of their ends. */
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
