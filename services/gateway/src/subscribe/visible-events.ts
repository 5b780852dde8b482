import type { IsVisible } from '../resolve/claims.ts';
import type { FeedEvent } from './feed-event.ts';

/**
 * The events whose records the caller may see. A tombstone has no record, so it is left out: it
 * would reveal a key.
 */
export function visibleEvents(
  events: AsyncIterableIterator<FeedEvent, undefined, undefined>,
  isVisible: IsVisible,
): AsyncIterableIterator<FeedEvent, undefined, undefined> {
  return {
    next: async () => {
      for (;;) {
        const result = await events.next();
        if (result.done === true || isVisible(result.value.value)) {
          return result;
        }
      }
    },
    // Does not wait for a pending `next`, as a generator would.
    return: async () => {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
