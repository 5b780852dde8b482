import { JSON_DEPTH_MAX } from '../json-text.ts';
import type { ProtoCursor } from './proto-cursor.ts';

const ABSENT = -1;
const NONE: readonly number[] = [];

/**
 * Where the fields of the open messages begin, as a stack with one entry per field. It belongs to
 * the value that is read: `reset` starts the next one, also after an error.
 */
export class FieldMarks {
  #first = new Int32Array(256);
  #top = 0;
  #depth = 0;
  /** Further starts of fields whose values are not side by side. Empty for most values. */
  readonly #further = new Map<number, number[]>();

  reset(): void {
    this.#top = 0;
    this.#depth = 0;
    if (this.#further.size > 0) {
      this.#further.clear();
    }
  }

  /** Adds absent fields and returns the index of the first. */
  open(fields: number): number {
    const base = this.#top;
    this.#top += fields;
    if (this.#top > this.#first.length) {
      const larger = new Int32Array(2 * this.#top);
      larger.set(this.#first.subarray(0, base));
      this.#first = larger;
    }
    this.#first.fill(ABSENT, base, this.#top);
    return base;
  }

  close(base: number): void {
    if (this.#further.size > 0) {
      for (let index = base; index < this.#top; index += 1) {
        this.#further.delete(index);
      }
    }
    this.#top = base;
  }

  /** Undefined if the field is absent. */
  first(index: number): number | undefined {
    const start = this.#first[index] ?? ABSENT;
    return start === ABSENT ? undefined : start;
  }

  further(index: number): readonly number[] {
    return this.#further.size === 0 ? NONE : (this.#further.get(index) ?? NONE);
  }

  set(index: number, start: number): void {
    this.#first[index] = start;
  }

  add(index: number, start: number): void {
    const starts = this.#further.get(index);
    if (starts === undefined) {
      this.#further.set(index, [start]);
    } else {
      starts.push(start);
    }
  }

  remove(index: number): void {
    this.#first[index] = ABSENT;
    this.#further.delete(index);
  }

  /** Enters a nested level until `leave`. */
  enter(cursor: ProtoCursor): void {
    this.#depth += 1;
    if (this.#depth > JSON_DEPTH_MAX) {
      throw cursor.wrong(
        `there are more than ${JSON_DEPTH_MAX} levels of messages, lists and maps`,
      );
    }
  }

  leave(): void {
    this.#depth -= 1;
  }
}
