import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { PartitionPosition } from '../store/ports.ts';
import type { ApplierOptions } from './applier-options.ts';
import type { PartitionPlacement } from './partition-placement.ts';
import { PoisonLog } from './poison-log.ts';
import { isUnindexed, versionOf } from './range-version.ts';
import { Reread } from './reread.ts';
import { readRecord } from './row-to-op.ts';
import type { SliceReader } from './slice.ts';

export interface RereadsOptions extends Pick<
  ApplierOptions,
  | 'partition'
  | 'store'
  | 'types'
  | 'readersOf'
  | 'range'
  | 'poisonEntriesMax'
  | 'rereadBytesMax'
  | 'onRecord'
  | 'onApplied'
> {
  readonly placement: PartitionPlacement | undefined;
  readonly poison: PoisonLog;
  readonly reader: Pick<SliceReader, 'reread' | 'decodedTo'>;
  /** Undefined while the partition does not serve. */
  readonly position: () => PartitionPosition | undefined;
  readonly onWritten: (position: PartitionPosition) => void;
}

/** The memory of one pass. */
const BYTES_MAX = 8_388_608;

/**
 * The passes over the poison records of one partition. Only `write` is a turn of the partition,
 * which must not overlap another write.
 */
export class Rereads {
  readonly #options: RereadsOptions;
  #end: PromiseWithResolvers<boolean> | undefined;

  constructor(options: RereadsOptions) {
    this.#options = options;
  }

  /** A pass must have read the records before this offset before it ends. */
  get target(): bigint {
    return this.#options.reader.decodedTo;
  }

  /**
   * Begins a pass, or the next one behind a pass that has not all records. Undefined if there is
   * nothing to read, or while the partition does not serve.
   */
  begin(before?: Reread): Reread | undefined {
    const { store, partition, types, readersOf, range, poison, onRecord } = this.#options;
    const position = this.#options.position();
    const fromOffset = before === undefined ? poison.from : before.continueFrom;
    if (position === undefined || fromOffset === undefined) {
      return undefined;
    }
    const { generation, topicId } = position;
    return new Reread({
      store,
      partition,
      generation,
      topicId,
      types,
      readersOf,
      hasRange: range !== undefined,
      fromOffset,
      mayBePoison: (offset) => poison.mayHave(offset),
      poison: before?.poison ?? this.#createLog(),
      bytesMax: this.#options.rereadBytesMax ?? BYTES_MAX,
      versioned: (op) => {
        const version = range && op.record && versionOf(op.record.json, range);
        return version === undefined || isUnindexed(version) ? op : { ...op, version };
      },
      onRead: (record, op) => onRecord?.(record, op),
    });
  }

  /**
   * Hands over a pass that has read up to the target. Resolves to true when it is written, in the
   * next turn of the partition, or to false if it was given up. Undefined if it must read on.
   */
  end(reread: Reread): Promise<boolean> | undefined {
    const { reader } = this.#options;
    if (reread.generation !== this.#options.position()?.generation) {
      return Promise.resolve(false);
    }
    if (reread.nextOffset < this.target) {
      return undefined;
    }
    this.giveUp();
    reader.reread = reread;
    this.#end = Promise.withResolvers<boolean>();
    return this.#end.promise;
  }

  giveUp(): void {
    this.#options.reader.reread = undefined;
    this.#end?.resolve(false);
    this.#end = undefined;
  }

  /**
   * Writes the pass that was handed over. It has every record that is applied. Values, position and
   * poison records are one write. Rejects as the store does.
   */
  async write(): Promise<void> {
    const { store, partition, placement, poison, reader, onWritten, onApplied } = this.#options;
    const { reread } = reader;
    const position = this.#options.position();
    if (reread === undefined || position === undefined) {
      return;
    }
    const ops = reread.operations((record, op) => placement?.count(record, op) ?? op);
    const isLast = reread.continueFrom === undefined;
    const left = isLast ? reread.poison.snapshot() : poison.snapshot();
    const next = { ...position, placement: placement?.snapshot(), poison: left };
    await store.write(partition, ops, next);
    onWritten(next);
    if (isLast) {
      poison.resume(left);
    }
    onApplied(ops);
    reader.reread = undefined;
    this.#end?.resolve(true);
    this.#end = undefined;
  }

  /** Whether a poison record can be read now. Rejects with REGISTRY_UNAVAILABLE as `apply` does. */
  async canRead(record: KafkaRecord): Promise<boolean> {
    const { types, readersOf } = this.#options;
    const topicId = this.#options.position()?.topicId ?? '';
    const { outcome } = readRecord(record, {
      ...types,
      ...(await readersOf?.([record], topicId)),
    });
    return outcome !== undefined && !('reason' in outcome);
  }

  #createLog(): PoisonLog {
    const { poisonEntriesMax: entriesMax, types } = this.#options;
    return new PoisonLog({ entriesMax, encodeKey: (key) => types.keyEncoding.encode(key) });
  }
}
