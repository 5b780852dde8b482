import { createHash } from 'node:crypto';

import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { PoisonRecord, PoisonRecords } from '../store/ports.ts';
import type { Poison } from './record-to-op.ts';
import { EXCERPT_BYTES_MAX, skippedRecord } from './skipped-record.ts';

export interface PoisonLogOptions {
  readonly entriesMax: number;
  /** The stored form of a record's key. Undefined if the bytes are no key. */
  readonly encodeKey: (key: Buffer) => Buffer | undefined;
}

/** Records with any other reason do not become readable by themselves. */
const RETRIED: ReadonlySet<string> = new Set(['BAD_KEY', 'BAD_VALUE']);
/** The key of the record is readable. */
const KEYED: ReadonlySet<string> = new Set(['BAD_VALUE', 'SCHEMA_CHANGED']);

/**
 * The poison records of one partition: their total, and the latest ones up to a limit. They are
 * stored with the position, so a restart or a repeated fetch neither loses nor repeats one.
 */
export class PoisonLog {
  readonly #options: PoisonLogOptions;
  #count = 0;
  #from: bigint | undefined;
  #hasChangedSchemas = false;
  /** Listed records that stand for a whole batch. */
  #batches = 0;
  /** By index, without gaps. */
  #list: PoisonRecord[] = [];
  /** The records of the list that are the newest of their keys, by the name of the key. */
  readonly #newest = new Map<string, PoisonRecord>();
  /** The records of the list that a range lacks, the oldest first, by the name of the key. */
  readonly #inRange = new Map<string, bigint[]>();
  #snapshot: PoisonRecords | undefined;

  constructor(options: PoisonLogOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  get last(): PoisonRecord | undefined {
    return this.#list.at(-1);
  }

  /** No poison record has a lower offset. Undefined if there are none. */
  get from(): bigint | undefined {
    return this.#count === 0 ? undefined : (this.#from ?? 0n);
  }

  /** Whether the keys of some records are unknown, because they are not listed or not readable. */
  get hasUnknownKeys(): boolean {
    return this.#count > this.#list.length || this.#batches > 0;
  }

  /** Oldest first. */
  list(): readonly PoisonRecord[] {
    return this.#list;
  }

  /**
   * The listed records that another schema or another release may read, the oldest first. None if
   * the id of a schema changed: then a value that can be read may be another one than was written,
   * so a person has to decide.
   */
  retried(): readonly PoisonRecord[] {
    return this.#hasChangedSchemas ? [] : this.#list.filter(({ reason }) => RETRIED.has(reason));
  }

  /** Whether the record of this offset is a poison record, or may be one that is not listed. */
  mayHave(offset: bigint): boolean {
    const [first] = this.#list;
    if (first === undefined || offset < first.offset) {
      return this.#count > this.#list.length && offset >= (this.#from ?? 0n);
    }
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#list[middle]?.offset ?? 0n) < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return this.#list[low]?.offset === offset;
  }

  /** Continues with the stored records. Undefined if there are none. */
  resume(stored: PoisonRecords | undefined): void {
    this.#count = stored?.count ?? 0;
    this.#list = stored?.list.slice(-this.#options.entriesMax) ?? [];
    this.#from =
      stored?.from ?? (stored?.count === this.#list.length ? this.#list[0]?.offset : undefined);
    this.#batches = this.#list.filter(isBatch).length;
    this.#hasChangedSchemas = stored?.hasChangedSchemas === true;
    this.#snapshot = undefined;
    this.#newest.clear();
    this.#inRange.clear();
    for (const record of this.#list) {
      const name = this.#nameOf(record);
      if (name !== undefined) {
        this.#index(name, record);
      }
    }
  }

  /** Returns the stored key if the record is now the newest of it. */
  add(record: KafkaRecord, poison: Poison): Buffer | undefined {
    this.#hasChangedSchemas ||= poison.reason === 'SCHEMA_CHANGED';
    const bytes = KEYED.has(poison.reason) ? record.key : null;
    const key = bytes === null ? undefined : this.#options.encodeKey(bytes);
    const name = key && nameOfKey(key);
    if (name !== undefined) {
      this.#supersede(name);
    }
    const added = {
      ...skippedRecord(record, poison),
      index: this.#count,
      isNewest: name !== undefined,
      isInRange: name !== undefined,
      ...(key === undefined || key.length < EXCERPT_BYTES_MAX ? {} : { keyDigest: digestOf(key) }),
    };
    if (this.#count === 0) {
      this.#from = record.offset;
    }
    this.#count += 1;
    this.#batches += isBatch(added) ? 1 : 0;
    this.#list.push(added);
    if (name !== undefined) {
      this.#index(name, added);
    }
    if (this.#list.length > this.#options.entriesMax) {
      this.#forget(this.#list.shift());
    }
    this.#snapshot = undefined;
    return key;
  }

  /** A later record of the key could be read. */
  supersede(key: Buffer, isRemoval: boolean): void {
    if (this.#newest.size === 0 && this.#inRange.size === 0) {
      return;
    }
    const name = nameOfKey(key);
    this.#supersede(name);
    if (isRemoval && this.#inRange.delete(name)) {
      this.#list = this.#list.map((record) =>
        record.isInRange && this.#nameOf(record) === name
          ? { ...record, isInRange: false }
          : record,
      );
      this.#snapshot = undefined;
    }
  }

  /** All keys were removed. */
  supersedeAll(): void {
    if (this.#newest.size === 0 && this.#inRange.size === 0) {
      return;
    }
    this.#newest.clear();
    this.#inRange.clear();
    this.#list = this.#list.map((record) =>
      record.isNewest || record.isInRange
        ? { ...record, isNewest: false, isInRange: false }
        : record,
    );
    this.#snapshot = undefined;
  }

  /** The poison record that is the newest of a stored key, if it is in the list. */
  newestOf(key: Buffer): PoisonRecord | undefined {
    return this.#newest.size === 0 ? undefined : this.#newest.get(nameOfKey(key));
  }

  /**
   * The newest records of stored keys behind `after`, up to and including `through`. The place of a
   * long key is unknown, so it is in every part.
   */
  newestBetween(
    after: Buffer | undefined,
    through: Buffer | undefined,
  ): { readonly key: Buffer; readonly offset: bigint }[] {
    const entries: { readonly key: Buffer; readonly offset: bigint }[] = [];
    for (const [name, { offset, keyDigest }] of this.#newest) {
      const key = Buffer.from(name, 'latin1');
      if (
        keyDigest !== undefined ||
        ((after === undefined || key.compare(after) > 0) &&
          (through === undefined || key.compare(through) <= 0))
      ) {
        entries.push({ key, offset });
      }
    }
    return entries;
  }

  /** Offsets of the records that the range of a stored key lacks; of all keys if undefined. */
  lackingInRange(key: Buffer | undefined): readonly bigint[] {
    if (this.#inRange.size === 0) {
      return [];
    }
    return key === undefined
      ? [...this.#inRange.values()].flat()
      : (this.#inRange.get(nameOfKey(key)) ?? []);
  }

  /** The same object until the next change. Undefined if there are no poison records. */
  snapshot(): PoisonRecords | undefined {
    if (this.#snapshot === undefined && this.#count > 0) {
      const from = this.#from;
      this.#snapshot = {
        count: this.#count,
        list: [...this.#list],
        ...(from === undefined ? {} : { from }),
        ...(this.#hasChangedSchemas ? { hasChangedSchemas: true } : {}),
      };
    }
    return this.#snapshot;
  }

  #index(name: string, record: PoisonRecord): void {
    if (record.isNewest) {
      this.#newest.set(name, record);
    }
    if (record.isInRange) {
      const offsets = this.#inRange.get(name);
      if (offsets === undefined) {
        this.#inRange.set(name, [record.offset]);
      } else {
        offsets.push(record.offset);
      }
    }
  }

  #supersede(name: string): void {
    const record = this.#newest.get(name);
    const [first] = this.#list;
    if (record !== undefined && first !== undefined) {
      this.#newest.delete(name);
      this.#list[record.index - first.index] = { ...record, isNewest: false };
      this.#snapshot = undefined;
    }
  }

  #forget(record: PoisonRecord | undefined): void {
    const name = record && this.#nameOf(record);
    this.#batches -= record !== undefined && isBatch(record) ? 1 : 0;
    if (name === undefined) {
      return;
    }
    if (record?.isNewest === true) {
      this.#newest.delete(name);
    }
    const offsets = this.#inRange.get(name);
    if (offsets?.[0] === record?.offset) {
      offsets?.shift();
    }
    if (offsets?.length === 0) {
      this.#inRange.delete(name);
    }
  }

  /** Undefined if no key is known whose value could not be read. */
  #nameOf({ reason, key, keyDigest }: PoisonRecord): string | undefined {
    if (keyDigest !== undefined) {
      return nameOfDigest(keyDigest);
    }
    if (!KEYED.has(reason) || key === null || key.length >= EXCERPT_BYTES_MAX) {
      return undefined;
    }
    const stored = this.#options.encodeKey(key);
    return stored && nameOfKey(stored);
  }
}

function isBatch({ reason }: Pick<PoisonRecord, 'reason'>): boolean {
  return reason === 'BATCH_TOO_LARGE';
}

function nameOfKey(stored: Buffer): string {
  return stored.length < EXCERPT_BYTES_MAX
    ? stored.toString('latin1')
    : nameOfDigest(digestOf(stored));
}

/** Longer than any name of a short key. */
function nameOfDigest(digest: string): string {
  return `${'#'.repeat(EXCERPT_BYTES_MAX)}${digest}`;
}

function digestOf(stored: Buffer): string {
  return createHash('sha256').update(stored).digest('hex');
}
