import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { UnindexedReason } from './range-version.ts';
import type { PoisonReason } from './record-to-op.ts';

/** One record that was skipped, that is in no range, or that does not have the topic's type. */
export interface PoisonEntry {
  readonly topic: string;
  readonly partition: number;
  /** As decimal text, because offsets exceed the numbers of JSON. */
  readonly offset: string;
  readonly reason: PoisonReason | UnindexedReason | 'SCHEMA_MISMATCH';
  readonly detail: string;
  /** The first bytes of the record's key and value in base64. Null is Kafka's null. */
  readonly key: string | null;
  readonly value: string | null;
}

type Reason = Pick<PoisonEntry, 'reason' | 'detail'>;

const RAW_BYTES_MAX = 1_024;
const DETAIL_MAX = 300;

/** The latest records of one kind, up to a limit. Their total is counted elsewhere. */
export class PoisonList {
  readonly #entriesMax: number;
  readonly #entries: PoisonEntry[] = [];

  constructor(options: { readonly entriesMax: number }) {
    this.#entriesMax = options.entriesMax;
  }

  add(topic: string, partition: number, record: KafkaRecord, poison: Reason): void {
    if (this.#entries.length >= this.#entriesMax) {
      this.#entries.shift();
    }
    this.#entries.push({
      topic,
      partition,
      offset: String(record.offset),
      reason: poison.reason,
      detail: poison.detail.slice(0, DETAIL_MAX).toWellFormed(),
      key: excerpt(record.key),
      value: excerpt(record.value),
    });
  }

  /** Oldest first. */
  list(): readonly PoisonEntry[] {
    return [...this.#entries];
  }
}

function excerpt(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.subarray(0, RAW_BYTES_MAX).toString('base64');
}
