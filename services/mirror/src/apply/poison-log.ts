import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { PoisonRecord, PoisonRecords } from '../store/ports.ts';
import type { Poison } from './record-to-op.ts';
import { EXCERPT_BYTES_MAX, skippedRecord } from './skipped-record.ts';

export interface PoisonLogOptions {
  readonly entriesMax: number;
  /** The stored form of a record's key. Undefined if the bytes are no key. */
  readonly encodeKey: (key: Buffer) => Buffer | undefined;
}

/**
 * The poison records of one partition: their total, and the latest ones up to a limit. They are
 * stored with the position, so a restart or a repeated fetch neither loses nor repeats one.
 */
export class PoisonLog {
  readonly #options: PoisonLogOptions;
  #count = 0;
  /** By index, without gaps. */
  #list: PoisonRecord[] = [];
  /** The records of the list that are the newest of their keys, by the key as text. */
  readonly #newest = new Map<string, PoisonRecord>();
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

  /** Oldest first. */
  list(): readonly PoisonRecord[] {
    return this.#list;
  }

  /** Continues with the stored records. Undefined if there are none. */
  resume(stored: PoisonRecords | undefined): void {
    this.#count = stored?.count ?? 0;
    this.#list = stored?.list.slice(-this.#options.entriesMax) ?? [];
    this.#snapshot = undefined;
    this.#newest.clear();
    for (const record of this.#list) {
      const name = record.isNewest ? this.#nameOf(record) : undefined;
      if (name !== undefined) {
        this.#newest.set(name, record);
      }
    }
  }

  /** Returns the stored key if the record is now the newest of it. */
  add(record: KafkaRecord, poison: Poison): Buffer | undefined {
    const skipped = skippedRecord(record, poison);
    const name = poison.reason === 'BAD_VALUE' ? this.#nameOf(skipped) : undefined;
    if (name !== undefined) {
      this.#supersede(name);
    }
    const added = { ...skipped, index: this.#count, isNewest: name !== undefined };
    this.#count += 1;
    this.#list.push(added);
    if (name !== undefined) {
      this.#newest.set(name, added);
    }
    if (this.#list.length > this.#options.entriesMax) {
      this.#forget(this.#list.shift());
    }
    this.#snapshot = undefined;
    return name === undefined ? undefined : Buffer.from(name, 'latin1');
  }

  /** A later record of the key could be read. */
  supersede(key: Buffer): void {
    if (this.#newest.size > 0) {
      this.#supersede(key.toString('latin1'));
    }
  }

  /** All keys were removed. */
  supersedeAll(): void {
    for (const name of [...this.#newest.keys()]) {
      this.#supersede(name);
    }
  }

  /** The poison record that is the newest of a stored key, if it is in the list. */
  newestOf(key: Buffer): PoisonRecord | undefined {
    return this.#newest.size === 0 ? undefined : this.#newest.get(key.toString('latin1'));
  }

  /** The same object until the next change. Undefined if there are no poison records. */
  snapshot(): PoisonRecords | undefined {
    if (this.#snapshot === undefined && this.#count > 0) {
      this.#snapshot = { count: this.#count, list: [...this.#list] };
    }
    return this.#snapshot;
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
    const name = record?.isNewest === true ? this.#nameOf(record) : undefined;
    if (name !== undefined) {
      this.#newest.delete(name);
    }
  }

  /** Undefined if there is no key, or if only its beginning is kept. */
  #nameOf({ key }: Pick<PoisonRecord, 'key'>): string | undefined {
    return key === null || key.length >= EXCERPT_BYTES_MAX
      ? undefined
      : this.#options.encodeKey(key)?.toString('latin1');
  }
}
