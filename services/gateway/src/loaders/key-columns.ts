import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

/** The values of keys of one topic. An error instead of a value fails only its own key. */
export type ValuesByKey = ReadonlyMap<string, unknown>;

interface Batch {
  readonly keys: string[];
  readonly done: Promise<void>;
}

interface TopicColumns {
  readonly values: Map<string, unknown>;
  /** Keys that are read or waiting to be read. */
  readonly requested: Map<string, Batch>;
  /** The batch that still accepts keys. */
  open: Batch | undefined;
}

/**
 * Reads the keys of whole columns of records. The keys of one turn are one batch per topic, with
 * each key once. There is no promise per key.
 */
export class KeyColumns {
  readonly #read: (topic: TopicEntry, keysJson: readonly string[]) => Promise<unknown[]>;
  readonly #topics = new Map<string, TopicColumns>();

  constructor(read: (topic: TopicEntry, keysJson: readonly string[]) => Promise<unknown[]>) {
    this.#read = read;
  }

  /** The values that were read. Undefined if there are none of the topic. */
  known(topic: string): ValuesByKey | undefined {
    return this.#topics.get(topic)?.values;
  }

  /** The result has at least these keys. Rejects if a batch does. */
  async read(topic: TopicEntry, keysJson: readonly string[]): Promise<ValuesByKey> {
    const columns = this.#columnsOf(topic);
    const batches = new Set<Batch>();
    for (const key of keysJson) {
      const requested = columns.requested.get(key);
      if (requested !== undefined) {
        batches.add(requested);
        continue;
      }
      const batch = (columns.open ??= this.#open(topic, columns));
      batch.keys.push(key);
      columns.requested.set(key, batch);
      batches.add(batch);
    }
    for (const { done } of batches) {
      await done;
    }
    return columns.values;
  }

  #columnsOf(topic: TopicEntry): TopicColumns {
    const existing = this.#topics.get(topic.name);
    if (existing !== undefined) {
      return existing;
    }
    const columns = { values: new Map(), requested: new Map(), open: undefined };
    this.#topics.set(topic.name, columns);
    return columns;
  }

  #open(topic: TopicEntry, columns: TopicColumns): Batch {
    const keys: string[] = [];
    const done = afterTurn().then(async () => {
      columns.open = undefined;
      const values = await this.#read(topic, keys);
      keys.forEach((key, at) => columns.values.set(key, values[at] ?? null));
    });
    // A reader awaits it, but it may await another batch first.
    done.catch(ignoreRejection);
    return { keys, done };
  }
}

/** Resolves when everything that can run without input or output has run. */
function afterTurn(): Promise<void> {
  return new Promise((resolve) => {
    void Promise.resolve().then(() => process.nextTick(resolve));
  });
}

function ignoreRejection(): void {}
