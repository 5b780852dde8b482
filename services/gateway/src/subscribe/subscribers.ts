import type { FeedEvent } from './feed-event.ts';
import type { Subscription } from './subscription.ts';

/** The subscriptions of one feed: to all of its records, or to one key. */
export class Subscribers {
  readonly #all = new Set<Subscription>();
  readonly #byKey = new Map<string, Set<Subscription>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(subscription: Subscription, key: string | undefined): void {
    this.#size += 1;
    if (key === undefined) {
      this.#all.add(subscription);
      return;
    }
    const known = this.#byKey.get(key);
    if (known === undefined) {
      this.#byKey.set(key, new Set([subscription]));
    } else {
      known.add(subscription);
    }
  }

  remove(subscription: Subscription, key: string | undefined): void {
    const group = key === undefined ? this.#all : this.#byKey.get(key);
    if (group?.delete(subscription) !== true) {
      return;
    }
    this.#size -= 1;
    if (key !== undefined && group.size === 0) {
      this.#byKey.delete(key);
    }
  }

  has(key: string): boolean {
    return this.#all.size > 0 || this.#byKey.has(key);
  }

  /** Whether a subscriber of this key receives tombstones. */
  hasForTombstone(key: string, topic: string): boolean {
    return this.#listeners(key).some((subscription) => subscription.includesTombstonesOf(topic));
  }

  /** Delivers to the subscribers of this key and returns how many were too slow. */
  deliver(key: string, event: FeedEvent): number {
    let dropped = 0;
    for (const group of [this.#all, this.#byKey.get(key) ?? []]) {
      // A slow subscription removes itself from the set during this loop, which sets allow.
      for (const subscription of group) {
        dropped += subscription.deliver(event) ? 0 : 1;
      }
    }
    return dropped;
  }

  #listeners(key: string): Subscription[] {
    return [...this.#all, ...(this.#byKey.get(key) ?? [])];
  }

  all(): Subscription[] {
    return [...this.#all, ...[...this.#byKey.values()].flatMap((group) => [...group])];
  }
}
