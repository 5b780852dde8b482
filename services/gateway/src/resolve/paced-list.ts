import type { Operation } from '../loaders/operation.ts';

/** A list up to this length is completed at once. */
const SHORT_ITEMS = 100;

/**
 * The items of a list for the executor. A long list arrives in slices, so that other operations run
 * between them. It ends when its operation does. Throws if the result becomes too large.
 */
export function pacedList<T>(
  items: readonly T[],
  operation: Operation,
): readonly T[] | AsyncIterable<T> {
  operation.budget.complete(items.length, 0);
  return items.length <= SHORT_ITEMS ? items : slicesOf(items, operation);
}

async function* slicesOf<T>(items: readonly T[], operation: Operation): AsyncGenerator<T> {
  for (const item of items) {
    while (operation.budget.isSliceOver) {
      await operation.budget.yield();
      operation.checkDeadline();
    }
    operation.signal.throwIfAborted();
    yield item;
  }
}
