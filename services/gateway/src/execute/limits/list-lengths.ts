interface Average {
  count: number;
  items: number;
}

/** The number of lists after which an average is used. */
const LISTS_MIN = 16;
/** An average is over about so many of the latest lists. */
const LISTS_MAX = 256;

/**
 * The average lengths of lists that were read, by field. Estimates use them for lists whose length
 * no argument and no topic determines, such as ranges.
 */
export class ListLengths {
  readonly #averages = new Map<string, Average>();

  /** `field` is one of the schema, so there are not many. */
  include(field: string, items: number): void {
    const average = this.#averages.get(field) ?? { count: 0, items: 0 };
    average.count = Math.min(LISTS_MAX, average.count + 1);
    average.items += (items - average.items) / average.count;
    this.#averages.set(field, average);
  }

  /** Undefined if too few lists were read. */
  of(field: string): number | undefined {
    const average = this.#averages.get(field);
    return average === undefined || average.count < LISTS_MIN
      ? undefined
      : Math.ceil(average.items);
  }
}
