import type { ValueReader } from '@quicksilver/codec/registry/schema-values';
import type { FetchedPartition, KafkaRecord } from '@quicksilver/kafka/ports';

import type { ReadonlyStore, StoreOp } from '../store/ports.ts';
import type { FetchReaders } from './applier-options.ts';
import type { PoisonLog } from './poison-log.ts';
import { isPoison, type Poison, type RecordTypes } from './record-to-op.ts';
import { isTruncation, readRecord } from './row-to-op.ts';

export interface RereadOptions {
  readonly store: Pick<ReadonlyStore, 'get'>;
  readonly partition: number;
  readonly generation: number;
  readonly topicId: string;
  readonly types: RecordTypes;
  readonly readersOf?: FetchReaders | undefined;
  /** Whether each value of the range field is a version of its own. */
  readonly hasRange: boolean;
  /** The first offset to read. */
  readonly fromOffset: bigint;
  /** Whether the record of an offset is, or may be, a poison record of the partition. */
  readonly mayBePoison: (offset: bigint) => boolean;
  /** Gets the records that still cannot be read. */
  readonly poison: PoisonLog;
  readonly bytesMax: number;
  /** Adds the version of the range index. */
  readonly versioned: (op: StoreOp) => StoreOp;
  /** Called for each record that will be applied. */
  readonly onRead: (record: KafkaRecord, op: StoreOp) => void;
}

/** A key with poison records that can now be read. */
interface Candidate {
  /** In the order of the log. Without a range the last one, in an immutable topic the first. */
  readonly reads: Read[];
}

interface Read {
  /** Without its value. */
  readonly record: KafkaRecord;
  readonly op: StoreOp;
}

const EMPTY = Buffer.alloc(0);
/** For records that were applied: only their keys matter. */
const NO_VALUES: ValueReader = { toJson: () => EMPTY };
/** The approximate memory of a record beside its key and value. */
const RECORD_BYTES = 500;

/**
 * One pass over the log of a partition, from its first poison record on. It collects the poison
 * records that can now be read and that no later record replaces or removes, so that the store
 * becomes what a rebuild would make of it. Once the memory is used up, records of further keys are
 * left to a pass from `continueFrom` on.
 */
export class Reread {
  readonly #options: RereadOptions;
  readonly #candidates = new Map<string, Candidate>();
  #nextOffset: bigint;
  #bytes = 0;
  #continueFrom: bigint | undefined;

  constructor(options: RereadOptions) {
    this.#options = options;
    this.#nextOffset = options.fromOffset;
  }

  get nextOffset(): bigint {
    return this.#nextOffset;
  }

  /** Undefined if this pass has all records. */
  get continueFrom(): bigint | undefined {
    return this.#continueFrom;
  }

  get generation(): number {
    return this.#options.generation;
  }

  get poison(): PoisonLog {
    return this.#options.poison;
  }

  /**
   * Reads the records before `end`, which are applied. Rejects with REGISTRY_UNAVAILABLE if a
   * schema cannot be fetched now.
   */
  async take(fetched: FetchedPartition, end: bigint): Promise<void> {
    const { types, readersOf, topicId, mayBePoison, hasRange } = this.#options;
    const records = fetched.records.filter(
      ({ offset }) => offset >= this.#nextOffset && offset < end,
    );
    // The value of a change event says what becomes of its row.
    const needsAll = hasRange || types.envelope !== undefined;
    const decoded =
      needsAll || types.hasKeySchemas === true
        ? records
        : records.filter(({ offset }) => mayBePoison(offset));
    const readers = { ...types, ...(decoded.length > 0 && (await readersOf?.(decoded, topicId))) };
    for (const sent of records) {
      const isCandidate = mayBePoison(sent.offset);
      const valueCodec = isCandidate || needsAll ? readers.valueCodec : NO_VALUES;
      const { record, outcome } = readRecord(sent, { ...readers, valueCodec });
      if (outcome === undefined) {
        continue;
      }
      if (isTruncation(outcome)) {
        this.truncate();
      } else if (isPoison(outcome)) {
        if (isCandidate) {
          this.addPoison(record, outcome);
        }
      } else if (isCandidate && outcome.record !== undefined) {
        this.#read(record, outcome);
      } else {
        this.supersede(this.#options.versioned(outcome));
        this.#readRemoval(record, outcome);
      }
    }
    const { nextOffset } = fetched;
    this.#nextOffset = nextOffset < end ? nextOffset : end;
  }

  /** A record that still cannot be read, or a new one. */
  addPoison(record: KafkaRecord, poison: Poison): void {
    // A later pass reads it again.
    if (this.#continueFrom === undefined) {
      this.#options.poison.add(record, poison);
    }
  }

  /** All records that were read before are removed. */
  truncate(): void {
    this.#options.poison.supersedeAll();
    this.#candidates.clear();
  }

  /** A record of a key that is applied and follows all that were read before. */
  supersede({ key, record, version }: StoreOp): void {
    this.#options.poison.supersede(key, record === undefined);
    const name = key.toString('latin1');
    const candidate = this.#candidates.get(name);
    if (candidate === undefined || this.#isImmutable) {
      return;
    }
    if (record === undefined || !this.#options.hasRange) {
      this.#candidates.delete(name);
    } else {
      // A removal must not touch the versions behind it.
      removeWhere(candidate.reads, ({ op }) => op.record === undefined);
      removeVersion(candidate.reads, version);
    }
  }

  /**
   * The operations of the records that were read, in order. `place` compares a key with its
   * partition and returns the operation to write.
   */
  operations(place: (record: KafkaRecord, op: StoreOp) => StoreOp): StoreOp[] {
    const { store, partition, generation, hasRange } = this.#options;
    const ops: StoreOp[] = [];
    for (const [name, { reads }] of this.#candidates) {
      const key = Buffer.from(name, 'latin1');
      const stored = store.get(partition, generation, key);
      const counted =
        hasRange && !this.#isImmutable
          ? reads
          : reads.filter(({ record }) => !this.#isBehind(record, stored));
      if (hasRange && this.#isImmutable && stored !== undefined && counted.length > 0) {
        // With it goes the version of the later record that was the first one until now.
        ops.push({ key, record: undefined });
      }
      ops.push(...counted.map(({ record, op }) => place(record, op)));
      const last = counted.at(-1);
      if (hasRange && !this.#isImmutable && last && this.#isBehind(last.record, stored)) {
        ops.push({ key, record: stored });
      }
    }
    return ops;
  }

  get #isImmutable(): boolean {
    return this.#options.types.isImmutable === true;
  }

  #read(record: KafkaRecord, op: StoreOp): void {
    const { store, partition, generation, poison, hasRange } = this.#options;
    poison.supersede(op.key, op.record === undefined);
    const stored =
      hasRange && !this.#isImmutable ? undefined : store.get(partition, generation, op.key);
    const name = op.key.toString('latin1');
    const before = this.#candidates.get(name);
    if (this.#isBehind(record, stored) || (this.#isImmutable && before !== undefined)) {
      return;
    }
    if (this.#bytes >= this.#options.bytesMax && (before === undefined || hasRange)) {
      this.#continueFrom ??= record.offset;
      return;
    }
    this.#options.onRead(record, op);
    const versioned = this.#options.versioned(op);
    const read = { record: { ...record, value: null }, op: versioned };
    this.#bytes += RECORD_BYTES + op.key.length + (op.record?.json.length ?? 0);
    if (before === undefined || !hasRange) {
      this.#candidates.set(name, { reads: [read] });
      return;
    }
    removeVersion(before.reads, versioned.version);
    before.reads.push(read);
  }

  /** A removal whose key could not be read. Only an older record shows that it was not applied. */
  #readRemoval(record: KafkaRecord, op: StoreOp): void {
    const { store, partition, generation } = this.#options;
    if (op.record !== undefined || this.#isImmutable) {
      return;
    }
    const stored = store.get(partition, generation, op.key);
    if (stored !== undefined && stored.offset < record.offset) {
      this.#candidates.set(op.key.toString('latin1'), { reads: [{ record, op }] });
    }
  }

  /** Whether the stored record of the key wins over this one. */
  #isBehind({ offset }: KafkaRecord, stored: { readonly offset: bigint } | undefined): boolean {
    if (stored === undefined) {
      return false;
    }
    return this.#isImmutable ? stored.offset <= offset : stored.offset >= offset;
  }
}

function removeVersion(reads: Read[], version: StoreOp['version']): void {
  removeWhere(
    reads,
    ({ op }) =>
      op.version !== undefined &&
      version !== undefined &&
      op.version.order.equals(version.order) &&
      (op.version.scope ?? EMPTY).equals(version.scope ?? EMPTY),
  );
}

function removeWhere(reads: Read[], isRemoved: (read: Read) => boolean): void {
  const index = reads.findIndex(isRemoved);
  if (index !== -1) {
    reads.splice(index, 1);
  }
}
