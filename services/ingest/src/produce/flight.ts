import type { OutgoingBatch } from '@quicksilver/kafka/ports';

import type { PlacedRecord, WriteDone, WriteOutcome } from './write.ts';

/** A write request while it waits for its answer. */
export interface WriteRequest {
  /** As of `performance.now()`. */
  readonly deadlineAtMs: number;
  /** By the record's place in the request; a record without an outcome has a hole here. */
  readonly outcomes: (WriteOutcome | undefined)[];
  readonly done: WriteDone;
  /** Records without an outcome. */
  open: number;
}

/** One record of a request on its way. */
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
  /** Entries that are not worth sending any more. */
  readonly late: readonly Entry[];
  /** Entries looked at from the queue's head: those in `batches` and `late`. */
  readonly taken: number;
}

/** What the record format adds to key and value: lengths, deltas, headers; rounded up. */
const RECORD_OVERHEAD_BYTES = 32;
/** Below Kafka's default limit of a batch (1,048,588), so that gathering alone never exceeds it. */
const BATCH_BYTES_MAX = 900_000;
const FLIGHT_BYTES_MAX = 4_000_000;

export function recordBytes(record: PlacedRecord): number {
  return record.key.length + (record.value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/** The longest head of the queue that fits into one produce request, one batch per partition. */
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
      // Stops at the first record that does not fit: the next one may be of the same key.
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

/** Two batches that together have the entries of this one, in their order. */
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

/** Infinity where there are no entries. */
export function earliestDeadlineMs(entries: readonly Entry[]): number {
  let earliest = Infinity;
  for (const entry of entries) {
    earliest = Math.min(earliest, entry.request.deadlineAtMs);
  }
  return earliest;
}
