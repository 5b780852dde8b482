import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { Deadline } from '@quicksilver/common/flow/deadline';
import type { PartitionSize, TopicSize } from '@quicksilver/contracts/mirror-api/contract';

import type { PartitionView } from '../apply/partition-state.ts';
import type { TopicView } from './topic-view.ts';

/** Milliseconds for the counts of one topic. What is not counted by then is estimated. */
const COUNT_MS = 400;

/** Measures topics. Requests that come while a topic is being measured get the same result. */
export class TopicSizes {
  readonly #directoryOf: (topic: string) => string;
  readonly #running = new Map<string, Promise<TopicSize>>();

  /** @param directoryOf The directory of a topic's store. */
  constructor(directoryOf: (topic: string) => string) {
    this.#directoryOf = directoryOf;
  }

  of(view: TopicView): Promise<TopicSize> {
    const { topic } = view;
    const running =
      this.#running.get(topic) ??
      this.#measure(view).finally(() => {
        this.#running.delete(topic);
      });
    this.#running.set(topic, running);
    return running;
  }

  async #measure(view: TopicView): Promise<TopicSize> {
    const deadline = Deadline.in(COUNT_MS);
    const partitions: PartitionSize[] = [];
    for (const partition of view.listOwned()) {
      partitions.push(await sizeOf(view, partition, deadline));
    }
    return {
      topic: view.topic,
      partitions,
      storeBytes: await bytesIn(this.#directoryOf(view.topic)),
      memoryBytes: process.memoryUsage.rss(),
    };
  }
}

async function sizeOf(
  { store, range }: TopicView,
  { partition, generation }: PartitionView,
  deadline: Deadline,
): Promise<PartitionSize> {
  const place = { partition, generation, deadline };
  const keys = await store.count({ ...place, index: 'keys' });
  const versions = range && (await store.count({ ...place, index: 'versions' }));
  return {
    partition,
    keys: keys.count,
    ...(versions && { versions: versions.count }),
    isExact: keys.isExact && versions?.isExact !== false,
  };
}

/** LevelDB may delete a file meanwhile. */
async function bytesIn(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
