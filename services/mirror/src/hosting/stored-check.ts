import { keyCodecFor } from '@quicksilver/codec/key-codec';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { Applier } from '../apply/applier.ts';
import type { ReadRecord, RecordLists } from '../apply/record-lists.ts';
import { visitStored } from '../apply/stored-records.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import type { PartitionPosition, ReadonlyStore } from '../store/ports.ts';

export interface StoredCheckOptions {
  readonly keyType: TopicEntry['keyType'];
  readonly lists: RecordLists;
  readonly log: Log;
}

/**
 * Checks the records that were in the store before their check began, in the background. Records
 * after the position of that time are checked when they are applied.
 */
export class StoredCheck {
  readonly #options: StoredCheckOptions;
  /** The positions at which the partitions continued when the topic was opened. */
  readonly #resumed = new Map<number, PartitionPosition>();
  #checking = new AbortController();

  constructor(options: StoredCheckOptions) {
    this.#options = options;
  }

  keyJson(key: Buffer | null): string {
    return key === null ? 'null' : keyCodecFor(this.#options.keyType).toJson(key).toString('utf8');
  }

  /** Remembers where a partition continues. Undefined if it is new. */
  resume(partition: number, position: PartitionPosition | undefined): void {
    if (position !== undefined) {
      this.#resumed.set(partition, position);
    }
  }

  /** Checks once what was applied before the topic was opened. */
  checkResumed(applier: Applier, store: ReadonlyStore): void {
    const position = this.#resumed.get(applier.partition);
    this.#resumed.delete(applier.partition);
    if (position !== undefined) {
      this.#check(applier, store, position, (read) => {
        this.#options.lists.checkTypes(applier.partition, read);
        this.#options.lists.checkRange(applier.partition, read);
      });
    }
  }

  /** Checks everything by types that are new. Ends the check by the earlier ones. */
  checkTypes(appliers: readonly Applier[], store: ReadonlyStore): void {
    this.stop();
    this.#checking = new AbortController();
    for (const applier of appliers) {
      const position = store.position(applier.partition);
      if (applier.state === 'serving' && position !== undefined) {
        this.#check(applier, store, position, (read) =>
          this.#options.lists.checkTypes(applier.partition, read),
        );
      }
    }
  }

  stop(): void {
    this.#checking.abort();
  }

  #check(
    applier: Applier,
    store: ReadonlyStore,
    { generation, nextOffset }: PartitionPosition,
    check: (read: ReadRecord) => void,
  ): void {
    const { lists, keyType, log } = this.#options;
    if (!lists.hasChecks) {
      return;
    }
    const { partition } = applier;
    const { signal } = this.#checking;
    const visiting = visitStored({
      store,
      partition,
      generation,
      isCurrent: () => applier.generation === generation,
      visit: ({ key: stored, offset, timestamp, json }) => {
        if (offset < nextOffset) {
          const key = keyEncodingFor(keyType).decode(stored);
          const record = { offset, timestamp, key, value: json };
          check({ record, valueJson: json, keyJson: () => this.keyJson(key) });
        }
      },
      signal,
    });
    visiting.catch((error: unknown) => {
      // The next read of the store reports the same failure, and its owner repairs it.
      if (!signal.aborted) {
        log.warn({ partition, err: error }, 'stored records could not be checked');
      }
    });
  }
}
