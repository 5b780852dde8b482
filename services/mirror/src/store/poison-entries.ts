import type { RawBatch } from './group-commit.ts';
import {
  CorruptStoreError,
  type PartitionPosition,
  type PoisonRecord,
  type PoisonRecords,
} from './ports.ts';
import { parsePoisonRecord, printPoisonRecord } from './store-identity.ts';
import { poisonKey } from './store-key.ts';

interface Written {
  readonly generation: number;
  readonly poison: PoisonRecords;
}

const NONE: PoisonRecords = { count: 0, list: [] };

/**
 * The listed poison records in the store, one entry each, so that a new one costs one entry. Which
 * of them count is in the position. One object serves one database handle: after a failed write the
 * entries are read again.
 */
export class PoisonEntries {
  readonly #get: (key: Buffer) => Buffer | undefined;
  /** The entries of each partition that are in the store, or in a batch before the next one. */
  readonly #written = new Map<number, Written>();

  constructor(get: (key: Buffer) => Buffer | undefined) {
    this.#get = get;
  }

  /** Adds the changes since the last write of the partition to the batch of its position. */
  fill(batch: RawBatch, partition: number, position: PartitionPosition): void {
    const { generation } = position;
    const written = this.#find(partition, generation);
    const poison = position.poison ?? (written && NONE);
    if (poison === undefined || poison === written) {
      return;
    }
    const before = new Map(written?.list.map((record) => [record.index, record]));
    for (const record of poison.list) {
      if (before.get(record.index) !== record) {
        batch._put(poisonKey(partition, generation, record.index), printPoisonRecord(record));
      }
      before.delete(record.index);
    }
    for (const index of before.keys()) {
      batch._del(poisonKey(partition, generation, index));
    }
    this.#written.set(partition, { generation, poison });
  }

  /** The position with its poison records. Throws `CorruptStoreError`. */
  complete(partition: number, position: PartitionPosition): PartitionPosition {
    const { generation, poison } = position;
    if (poison === undefined || poison.list.length > 0) {
      return position;
    }
    const written = this.#find(partition, generation);
    if (written?.count === poison.count) {
      return { ...position, poison: written };
    }
    const list: PoisonRecord[] = [];
    for (let index = poison.count - 1; index >= 0; index -= 1) {
      const stored = this.#get(poisonKey(partition, generation, index));
      if (stored === undefined) {
        break;
      }
      const record = parsePoisonRecord(index, stored);
      if (record === undefined) {
        throw new CorruptStoreError(`A poison record of partition ${partition} cannot be read.`);
      }
      list.push(record);
    }
    const read = { ...poison, list: list.toReversed() };
    this.#written.set(partition, { generation, poison: read });
    return { ...position, poison: read };
  }

  #find(partition: number, generation: number): PoisonRecords | undefined {
    const written = this.#written.get(partition);
    return written?.generation === generation ? written.poison : undefined;
  }
}
