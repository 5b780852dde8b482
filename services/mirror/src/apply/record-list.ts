import type { SkippedEntry } from '@quicksilver/contracts/mirror-api/contract';
import type { KafkaRecord } from '@quicksilver/kafka/ports';

import { skippedEntry, skippedRecord, type Reason } from './skipped-record.ts';

/** The latest records of one kind, up to a limit. Their total is counted elsewhere. */
export class RecordList {
  readonly #entriesMax: number;
  readonly #entries: SkippedEntry[] = [];

  constructor(options: { readonly entriesMax: number }) {
    this.#entriesMax = options.entriesMax;
  }

  add(topic: string, partition: number, record: KafkaRecord, reason: Reason): void {
    if (this.#entries.length >= this.#entriesMax) {
      this.#entries.shift();
    }
    this.#entries.push(skippedEntry(topic, partition, skippedRecord(record, reason)));
  }

  lastIn(partition: number): SkippedEntry | undefined {
    return this.#entries.findLast((entry) => entry.partition === partition);
  }

  /** Oldest first. */
  list(): readonly SkippedEntry[] {
    return [...this.#entries];
  }
}
