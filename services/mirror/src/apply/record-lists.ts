import { compileValueCheck, type CheckValue } from '@quicksilver/codec/conformance/value-checker';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { StoreOp } from '../store/ports.ts';
import { PoisonList } from './poison-list.ts';
import type { Unindexed } from './range-version.ts';
import type { Poison } from './record-to-op.ts';

export interface RecordListsOptions {
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
  readonly poison: PoisonList;
  readonly unindexed: PoisonList;
  readonly nonconforming: PoisonList;
  readonly #options: RecordListsOptions;
  readonly #check: CheckValue | undefined;
  /** Nonconforming records by partition. */
  readonly #counts = new Map<number, number>();

  constructor(options: RecordListsOptions) {
    this.#options = options;
    this.poison = new PoisonList(options);
    this.unindexed = new PoisonList(options);
    this.nonconforming = new PoisonList(options);
    const { valueSchema } = options.entry;
    this.#check = valueSchema && compileValueCheck(valueSchema, { unknownMembers: 'accept' });
  }

  addPoison(partition: number, record: KafkaRecord, poison: Poison): void {
    const { entry, metrics } = this.#options;
    metrics.poisoned(entry.name, partition);
    this.poison.add(entry.name, partition, record, poison);
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
