/** What is random, number by number, so that a property test can make it smaller. */
export class Tape {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  below(bound: number): number {
    this.#at += 1;
    return (this.#numbers[this.#at % this.#numbers.length] ?? 0) % bound;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  times<T>(max: number, make: (at: number) => T): T[] {
    return Array.from({ length: this.below(max + 1) }, (_, at) => make(at));
  }
}
