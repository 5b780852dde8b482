import type { StoreOp } from './ports.ts';
import { readEntry } from './run-page.ts';
import { runPageIndex, type SortedRun } from './sorted-run.ts';

/** Returns the entries of a page. Throws `CorruptStoreError`. */
export type ReadRunPage = (run: number, page: number) => Buffer;

/** Reads one run in order. */
class OneRun {
  readonly run: number;
  readonly #pages: number;
  readonly #read: ReadRunPage;
  #page: number;
  #entries: Buffer | undefined;
  #next = 0;
  head: StoreOp | undefined;

  constructor({ run, firstKeys }: SortedRun, after: Buffer | undefined, read: ReadRunPage) {
    this.run = run;
    this.#pages = firstKeys.length;
    this.#read = read;
    this.#page = after === undefined ? -1 : Math.max(0, runPageIndex(firstKeys, after)) - 1;
    this.advance();
    while (!isBehind(this.head, after)) {
      this.advance();
    }
  }

  advance(): void {
    while (this.#entries === undefined || this.#next >= this.#entries.length) {
      this.#page += 1;
      if (this.#page >= this.#pages) {
        this.head = undefined;
        return;
      }
      this.#entries = this.#read(this.run, this.#page);
      this.#next = 0;
    }
    const { op, next } = readEntry(this.#entries, this.#next);
    this.head = op;
    this.#next = next;
  }
}

/** Also true if no entry is left. */
function isBehind(head: StoreOp | undefined, after: Buffer | undefined): boolean {
  return head === undefined || after === undefined || head.key.compare(after) > 0;
}

/**
 * The operations of several runs in key order. If several runs have a key, the newest run counts.
 */
export class RunCursor {
  /** A heap: the head of a run never orders before the head of its parent. */
  readonly #heap: OneRun[] = [];

  /** Starts after the key, or with the first if undefined. */
  constructor(runs: readonly SortedRun[], after: Buffer | undefined, read: ReadRunPage) {
    for (const sorted of runs) {
      if (after === undefined || sorted.lastKey.compare(after) > 0) {
        const run = new OneRun(sorted, after, read);
        if (run.head !== undefined) {
          this.#heap.push(run);
        }
      }
    }
    for (let at = (this.#heap.length >>> 1) - 1; at >= 0; at -= 1) {
      this.#sink(at);
    }
  }

  /** Undefined at the end. */
  peek(): StoreOp | undefined {
    return this.#heap[0]?.head;
  }

  next(): StoreOp | undefined {
    const operation = this.peek();
    if (operation !== undefined) {
      // Older runs have the key too.
      do {
        this.#advanceFirst();
      } while (this.peek()?.key.equals(operation.key) === true);
    }
    return operation;
  }

  #advanceFirst(): void {
    const [first] = this.#heap;
    first?.advance();
    if (first?.head === undefined) {
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) {
        this.#heap[0] = last;
      }
    }
    this.#sink(0);
  }

  #sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      let least = this.#isBefore(left, at) ? left : at;
      least = this.#isBefore(left + 1, least) ? left + 1 : least;
      const here = this.#heap[at];
      const there = this.#heap[least];
      if (least === at || here === undefined || there === undefined) {
        return;
      }
      this.#heap[at] = there;
      this.#heap[least] = here;
      at = least;
    }
  }

  /** By key, then the newer run first. */
  #isBefore(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (a?.head === undefined || b?.head === undefined) {
      return false;
    }
    const order = a.head.key.compare(b.head.key);
    return order < 0 || (order === 0 && a.run > b.run);
  }
}
