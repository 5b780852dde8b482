import { compileValueCheck, type CheckValue } from '@quicksilver/codec/conformance/value-checker';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { StoreOp } from '../store/ports.ts';
import type { Unindexed } from './range-version.ts';
import { RecordList } from './record-list.ts';
import type { Poison } from './record-to-op.ts';

export interface RecordListsOptions {
  readonly log: Log;
  readonly entry: TopicEntry;
  /** Of each list. */
  readonly entriesMax: number;
  readonly metrics: {
    poisoned(topic: string, partition: number): void;
    unindexed(topic: string, partition: number): void;
    nonconforming(topic: string, partition: number): void;
  };
}

/** The records of one topic that someone should look at. */
export class RecordLists {
  readonly unindexed: RecordList;
  readonly nonconforming: RecordList;
  readonly #options: RecordListsOptions;
  readonly #check: CheckValue | undefined;
  /** Nonconforming records by partition. */
  readonly #counts = new Map<number, number>();

  constructor(options: RecordListsOptions) {
    this.#options = options;
    this.unindexed = new RecordList(options);
    this.nonconforming = new RecordList(options);
    const { valueSchema } = options.entry;
    this.#check = valueSchema && compileValueCheck(valueSchema, { unknownMembers: 'accept' });
  }

  /** Counts the record. The log reports some, so that a topic full of them does not fill it. */
  addPoison(partition: number, { offset }: KafkaRecord, poison: Poison, total: number): void {
    const { entry, metrics, log } = this.#options;
    metrics.poisoned(entry.name, partition);
    if (/^10*$/.test(String(total))) {
      const { reason, detail } = poison;
      const at = { partition, offset: String(offset), reason, detail, total };
      log.warn(at, 'a record cannot be read and is skipped');
    }
  }

  addUnindexed(partition: number, record: KafkaRecord, why: Unindexed): void {
    const { entry, metrics } = this.#options;
    metrics.unindexed(entry.name, partition);
    this.unindexed.add(entry.name, partition, record, why);
  }

  /** Lists the record if its value does not have the type of the topic. It is applied anyway. */
  checkValue(partition: number, record: KafkaRecord, { record: applied }: StoreOp): void {
    const json = this.#check && applied?.json.toString('utf8');
    const mismatches = json === undefined ? [] : (this.#check?.(json) ?? []);
    if (mismatches.length === 0) {
      return;
    }
    const { entry, metrics } = this.#options;
    const detail = mismatches.map(({ path, message }) => `${path}: ${message}`).join('; ');
    this.#counts.set(partition, (this.#counts.get(partition) ?? 0) + 1);
    metrics.nonconforming(entry.name, partition);
    this.nonconforming.add(entry.name, partition, record, { reason: 'SCHEMA_MISMATCH', detail });
  }

  /** Undefined if the values of the topic have no type. */
  nonconformingIn(partition: number): number | undefined {
    return this.#check && (this.#counts.get(partition) ?? 0);
  }
}
