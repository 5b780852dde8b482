import type { OutgoingBatch } from '@quicksilver/kafka/ports';

import type { PlacedRecord, WriteDone, WriteOutcome } from './write.ts';

/** A write request that waits for its response. */
export interface WriteRequest {
  /** As of `performance.now()`. */
  readonly deadlineAtMs: number;
  /** By index in the request. A record without an outcome has a hole here. */
  readonly outcomes: (WriteOutcome | undefined)[];
  readonly done: WriteDone;
  /** Number of records without an outcome. */
  open: number;
}

/** One pending record of a request. */
export interface Entry {
  readonly request: WriteRequest;
  readonly index: number;
  readonly record: PlacedRecord;
  readonly bytes: number;
}

/** Records of one partition that are sent together. */
export interface Batch {
  readonly partition: number;
  readonly entries: Entry[];
  bytes: number;
}

export interface Flight {
  readonly batches: readonly Batch[];
  /** Entries that are too late to send. */
  readonly late: readonly Entry[];
  /** Entries taken from the head of the queue: those in `batches` and `late`. */
  readonly taken: number;
}

/** Overhead of the record format: lengths, deltas and headers, rounded up. */
const RECORD_OVERHEAD_BYTES = 32;
/** Below Kafka's default batch limit (1,048,588), so that batching alone never exceeds it. */
const BATCH_BYTES_MAX = 900_000;
const FLIGHT_BYTES_MAX = 4_000_000;

export function recordBytes(record: PlacedRecord): number {
  return record.key.length + (record.value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/**
 * The longest head of the queue that fits into one produce request, with one batch for each
 * partition.
 */
export function takeFlight(queue: readonly Entry[], lateBeforeMs: number): Flight {
  const batches = new Map<number, Batch>();
  const late: Entry[] = [];
  let taken = 0;
  let bytes = 0;
  for (const entry of queue) {
    const { partition } = entry.record;
    const batch = batches.get(partition);
    if (entry.request.deadlineAtMs < lateBeforeMs) {
      late.push(entry);
    } else if (batch === undefined) {
      if (bytes > 0 && bytes + entry.bytes > FLIGHT_BYTES_MAX) {
        break;
      }
      batches.set(partition, { partition, entries: [entry], bytes: entry.bytes });
      bytes += entry.bytes;
    } else {
      const limit = Math.min(BATCH_BYTES_MAX - batch.bytes, FLIGHT_BYTES_MAX - bytes);
      // Stops at the first record that does not fit, because the next one may have the same key.
      if (entry.bytes > limit) {
        break;
      }
      batch.entries.push(entry);
      batch.bytes += entry.bytes;
      bytes += entry.bytes;
    }
    taken += 1;
  }
  return { batches: [...batches.values()], late, taken };
}

export function toOutgoing(topic: string, batch: Batch): OutgoingBatch {
  const records = batch.entries.map((entry) => entry.record);
  return { topic, partition: batch.partition, records };
}

/** Splits a batch into two, in order. */
export function halves(batch: Batch): Batch[] {
  const middle = Math.ceil(batch.entries.length / 2);
  return [batch.entries.slice(0, middle), batch.entries.slice(middle)].map((entries) => ({
    partition: batch.partition,
    entries,
    bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0),
  }));
}

export function entriesOf(batches: readonly Batch[]): Entry[] {
  return batches.flatMap((batch) => batch.entries);
}

/** Infinity if there are no entries. */
export function earliestDeadlineMs(entries: readonly Entry[]): number {
  let earliest = Infinity;
  for (const entry of entries) {
    earliest = Math.min(earliest, entry.request.deadlineAtMs);
  }
  return earliest;
}
