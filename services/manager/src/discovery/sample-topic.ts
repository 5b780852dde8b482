import { AppError } from '@quicksilver/common/errors/app-error';
import type { KafkaRecord, RecordSource } from '@quicksilver/kafka/ports';

export interface SampleBounds {
  readonly recordsMax: number;
  /** Bytes of keys and values. The batches at the bound are read to their end. */
  readonly bytesMax: number;
}

export interface SampledRecord extends Pick<
  KafkaRecord,
  'key' | 'value' | 'timestamp' | 'schemaHeader' | 'keySchemaHeader'
> {
  readonly partition: number;
}

export interface TopicSample {
  /** The newest records of each partition. */
  readonly records: readonly SampledRecord[];
  /** Whether these are all records of the topic. */
  readonly isComplete: boolean;
  /** Offsets from the start to the end of all partitions: at least the number of records. */
  readonly offsets: number;
  /** How fast the newest records were written. */
  readonly recordsPerSecond: number;
}

const FETCH_WAIT_MS = 250;
const FETCH_BYTES_MAX = 262_144;
const ROUNDS_MAX = 20;
/** Partitions of a topic that are read. */
const PARTITIONS_MAX = 48;
/** A shorter time would make a burst a high rate. */
const RATE_MS_MIN = 1_000;

interface Range {
  next: bigint;
  readonly first: bigint;
  readonly end: bigint;
}

/**
 * Reads the newest records of a topic, within the bounds. Throws `AppError` if the topic is missing
 * or cannot be read, and rejects when the signal aborts.
 */
export async function sampleTopic(
  source: RecordSource,
  topic: string,
  { recordsMax, bytesMax }: SampleBounds,
  signal: AbortSignal,
): Promise<TopicSample> {
  const [earliest, latest] = [
    await source.offsets(topic, 'earliest', signal),
    await source.offsets(topic, 'latest', signal),
  ];
  const count = BigInt(Math.max(1, Math.ceil(recordsMax / Math.min(latest.size, PARTITIONS_MAX))));
  const ranges = new Map<number, Range>();
  let offsets = 0;
  for (const [partition, end] of latest) {
    const first = earliest.get(partition) ?? end;
    offsets += Number(end - first);
    const next = end - first > count ? end - count : first;
    if (ranges.size < PARTITIONS_MAX && next < end) {
      ranges.set(partition, { next, first, end });
    }
  }
  const wholeRanges = [...ranges.values()].every(({ next, first }) => next === first);
  const records: SampledRecord[] = [];
  const oldest = new Map<number, KafkaRecord>();
  let bytes = 0;
  const open = (): [number, Range][] => [...ranges].filter(([, { next, end }]) => next < end);
  for (let round = 0; round < ROUNDS_MAX && bytes < bytesMax; round += 1) {
    const positions = open().map(([partition, { next }]) => ({ topic, partition, offset: next }));
    if (positions.length === 0) {
      break;
    }
    const fetched = await source.fetch(positions, {
      maxWaitMs: FETCH_WAIT_MS,
      maxBytesPerPartition: Math.min(FETCH_BYTES_MAX, Math.ceil(bytesMax / positions.length)),
      signal,
    });
    for (const { partition, nextOffset, records: all, failure } of fetched) {
      if (failure !== undefined && failure.reason !== 'retriable') {
        throw new AppError(
          'KAFKA_UNAVAILABLE',
          `Partition ${partition} of topic ${topic} cannot be read: ${failure.detail}.`,
        );
      }
      const range = ranges.get(partition);
      for (const record of all) {
        if (range !== undefined && record.offset < range.end && record.unreadable === undefined) {
          const { key, value } = record;
          records.push({ ...record, partition });
          bytes += (key?.length ?? 0) + (value?.length ?? 0);
          oldest.set(partition, oldest.get(partition) ?? record);
        }
      }
      if (range !== undefined) {
        range.next = nextOffset;
      }
    }
  }
  return {
    records,
    isComplete: wholeRanges && latest.size <= PARTITIONS_MAX && open().length === 0,
    offsets,
    recordsPerSecond: rateOf(oldest, latest),
  };
}

function rateOf(
  oldest: ReadonlyMap<number, KafkaRecord>,
  latest: ReadonlyMap<number, bigint>,
): number {
  const now = Date.now();
  let rate = 0;
  for (const [partition, { offset, timestamp }] of oldest) {
    const count = Number((latest.get(partition) ?? offset) - offset);
    rate += (count * 1_000) / Math.max(now - Number(timestamp), RATE_MS_MIN);
  }
  return Number(rate.toPrecision(3));
}
