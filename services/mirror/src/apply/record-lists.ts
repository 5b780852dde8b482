import { isDeepStrictEqual } from 'node:util';

import {
  compileValueCheck,
  type CheckValue,
  type Mismatch,
} from '@quicksilver/codec/conformance/value-checker';
import type { ValueSchema } from '@quicksilver/codec/conformance/value-schema';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { KafkaRecord } from '@quicksilver/kafka/ports';

import { isUnindexed, versionOf, type Unindexed } from './range-version.ts';
import type { RangeIndex } from '../store/ports.ts';
import { RecordList } from './record-list.ts';
import type { Poison } from './record-to-op.ts';

export interface RecordListsOptions {
  readonly log: Log;
  readonly entry: TopicEntry;
  /** Undefined if the topic has no range. */
  readonly range: RangeIndex | undefined;
  /** Of each list. */
  readonly entriesMax: number;
  readonly metrics: {
    poisoned(topic: string, partition: number): void;
    unindexed(topic: string, partition: number): void;
    nonconforming(topic: string, partition: number): void;
  };
}

/** The counts of one partition since its topic was opened. */
interface Counts {
  nonconforming: number;
  unindexed: number;
  indexed: number;
}

/** A record with the JSON of its value, and of its key if the topic has a type for keys. */
export interface ReadRecord {
  readonly record: KafkaRecord;
  readonly valueJson: Buffer;
  readonly keyJson: () => string;
}

/** The records of one topic that someone should look at. */
export class RecordLists {
  readonly unindexed: RecordList;
  #nonconforming: RecordList;
  readonly #options: RecordListsOptions;
  #types: Types;
  /** By partition. */
  readonly #counts = new Map<number, Counts>();

  constructor(options: RecordListsOptions) {
    this.#options = options;
    this.unindexed = new RecordList(options);
    this.#nonconforming = new RecordList(options);
    this.#types = new Types(options.entry);
  }

  get nonconforming(): RecordList {
    return this.#nonconforming;
  }

  /** Whether records are checked at all. */
  get hasChecks(): boolean {
    return this.#types.isDefined || this.#options.range !== undefined;
  }

  /** Checks later records by the types of this entry. True if they differ from those before. */
  follow(entry: TopicEntry): boolean {
    if (this.#types.isOf(entry)) {
      return false;
    }
    this.#types = new Types(entry);
    this.#nonconforming = new RecordList(this.#options);
    for (const counts of this.#counts.values()) {
      counts.nonconforming = 0;
    }
    return true;
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

  addIndexed(partition: number): void {
    this.#in(partition).indexed += 1;
  }

  addUnindexed(partition: number, record: KafkaRecord, why: Unindexed): void {
    const { entry, metrics } = this.#options;
    metrics.unindexed(entry.name, partition);
    this.#in(partition).unindexed += 1;
    this.unindexed.add(entry.name, partition, record, why);
  }

  /** Lists the record if its key or its value does not have its type. It is applied anyway. */
  checkTypes(partition: number, { record, valueJson, keyJson }: ReadRecord): void {
    const mismatches = this.#types.mismatches(keyJson, valueJson);
    if (mismatches.length === 0) {
      return;
    }
    const { entry, metrics } = this.#options;
    const detail = mismatches.map(({ path, message }) => `${path}: ${message}`).join('; ');
    this.#in(partition).nonconforming += 1;
    metrics.nonconforming(entry.name, partition);
    this.nonconforming.add(entry.name, partition, record, { reason: 'SCHEMA_MISMATCH', detail });
  }

  /** Checks a record that was applied before the topic was opened. */
  checkRange(partition: number, { record, valueJson }: ReadRecord): void {
    const { range } = this.#options;
    const version = range && versionOf(valueJson, range);
    if (version !== undefined && isUnindexed(version)) {
      this.addUnindexed(partition, record, version);
    } else if (version !== undefined) {
      this.addIndexed(partition);
    }
  }

  countsIn(partition: number): Readonly<Partial<Counts>> {
    const { nonconforming, unindexed, indexed } = this.#in(partition);
    return {
      ...(this.#types.isDefined ? { nonconforming } : {}),
      ...(this.#options.range === undefined ? {} : { unindexed, indexed }),
    };
  }

  #in(partition: number): Counts {
    const counts = this.#counts.get(partition) ?? { nonconforming: 0, unindexed: 0, indexed: 0 };
    this.#counts.set(partition, counts);
    return counts;
  }
}

/** The types of the keys and the values of a topic. */
class Types {
  readonly #key: ValueSchema | undefined;
  readonly #value: ValueSchema | undefined;
  readonly #checkKey: CheckValue | undefined;
  readonly #checkValue: CheckValue | undefined;

  constructor({ keySchema, valueSchema }: TopicEntry) {
    this.#key = keySchema;
    this.#value = valueSchema;
    this.#checkKey = keySchema && compileValueCheck(keySchema, OF_KEYS);
    this.#checkValue = valueSchema && compileValueCheck(valueSchema, ACCEPTING);
  }

  get isDefined(): boolean {
    return (this.#checkKey ?? this.#checkValue) !== undefined;
  }

  isOf({ keySchema, valueSchema }: TopicEntry): boolean {
    return isDeepStrictEqual(this.#key, keySchema) && isDeepStrictEqual(this.#value, valueSchema);
  }

  mismatches(keyJson: () => string, valueJson: Buffer): readonly Mismatch[] {
    const ofKey = this.#checkKey?.(keyJson()) ?? [];
    const ofValue = this.#checkValue?.(valueJson.toString('utf8')) ?? [];
    return ofKey.length === 0 ? ofValue : [...ofKey, ...ofValue];
  }
}

const ACCEPTING = { unknownMembers: 'accept' } as const;
/** As ingest checks keys. */
const OF_KEYS = { unknownMembers: 'reject', root: 'key' } as const;
