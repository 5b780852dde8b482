import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/**
 * `ok`: it happened. `fail`: it certainly did not. `info`: it may have. There is no fourth outcome,
 * and a client that cannot tell takes `info`.
 */
export type Outcome = 'ok' | 'fail' | 'info';

export interface Invocation {
  /** Which client does it; one client has one operation in flight at a time. */
  readonly process: string;
  readonly op: 'write' | 'delete' | 'read';
  readonly topic: string;
  readonly key: string;
  /** Unique in the run, so that any value seen names its write. */
  readonly value?: string;
}

export interface Completion {
  readonly partition?: number;
  readonly offset?: bigint;
  readonly status?: number;
  /** What was read, or why it failed. */
  readonly value?: string;
}

export interface Operation extends Invocation {
  readonly outcome: Outcome;
  /** By `performance.now()`. */
  readonly invokedMs: number;
  readonly latencyMs: number;
  readonly end: Completion;
}

/** A time, by `performance.now()`, in which this process got nothing done. */
export interface Standstill {
  readonly fromMs: number;
  readonly toMs: number;
}

const TICK_MS = 20;
/** Longer than a turn of the event loop under load takes. */
const STANDSTILL_MS = 100;

/** The requests of clients and their responses, in memory and as JSON lines in a file. */
export class History {
  readonly #file: WriteStream;
  readonly #operations: Operation[] = [];
  readonly #startMs = performance.now();
  readonly #standstills: Standstill[] = [];
  readonly #ticker: NodeJS.Timeout;
  #open = 0;

  constructor(file: string) {
    this.#file = createWriteStream(file, { flags: 'a' });
    let fromMs = this.#startMs;
    this.#ticker = setInterval(() => {
      const toMs = performance.now();
      if (toMs - fromMs > STANDSTILL_MS) {
        this.#standstills.push({ fromMs, toMs });
      }
      fromMs = toMs;
    }, TICK_MS).unref();
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** When the clients themselves could not go on, as on a machine with too much to do. */
  get standstills(): readonly Standstill[] {
    return this.#standstills;
  }

  /** Operations without an answer so far. */
  get open(): number {
    return this.#open;
  }

  count(outcome: Outcome): number {
    return this.#operations.filter((operation) => operation.outcome === outcome).length;
  }

  /** Notes the start of an operation; the function it gives notes the end, once. */
  invoke(invocation: Invocation): (outcome: Outcome, end?: Completion) => void {
    const invokedMs = performance.now();
    this.#open += 1;
    this.#write('invoke', { ...invocation });
    return (outcome, end = {}) => {
      const latencyMs = performance.now() - invokedMs;
      this.#open -= 1;
      this.#operations.push({ ...invocation, outcome, invokedMs, latencyMs, end });
      const offset = end.offset === undefined ? {} : { offset: String(end.offset) };
      this.#write(outcome, { ...invocation, ...end, ...offset, latency: Math.round(latencyMs) });
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticker);
    this.#file.end();
    await finished(this.#file);
  }

  #write(phase: 'invoke' | Outcome, fields: Readonly<Record<string, unknown>>): void {
    const at = Math.round(performance.now() - this.#startMs);
    this.#file.write(`${JSON.stringify({ t_mono: at, phase, ...fields })}\n`);
  }
}
