import type { FetchOptions, KafkaRecord, RecordSource } from '@quicksilver/kafka/ports';

import type { JavaRecord } from './java-clients.ts';

/** For tests that hang. Longer than any wait on purpose. */
export const SIGNAL_FOR_TESTS_MS = 60_000;

export interface ReadToEndOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly maxBytesPerPartition?: number;
  /** The first offset in every partition. By default the start of the log. */
  readonly from?: bigint;
}

/**
 * A record with its partition, in the format of the Java consumer, so that both can be compared.
 */
export type ReadRecord = Omit<JavaRecord, 'headers'>;

/** The longest wait of a test. */
export function testSignal(): AbortSignal {
  return AbortSignal.timeout(SIGNAL_FOR_TESTS_MS);
}

export function fetchOptions(options: Partial<FetchOptions> = {}): FetchOptions {
  return { maxWaitMs: 200, maxBytesPerPartition: 1_000_000, signal: testSignal(), ...options };
}

/**
 * Reads a topic as all readers here do, from fetch to fetch by `nextOffset`, until each partition
 * is at its end. Fails if a call moves a position back, or returns a record out of order.
 */
export async function readToEnd(
  source: RecordSource,
  options: ReadToEndOptions,
): Promise<ReadRecord[]> {
  const { topic, partitions, maxBytesPerPartition } = options;
  const signal = testSignal();
  const positions = new Map<number, bigint>();
  const starts = await source.offsets(topic, 'earliest', signal);
  for (let partition = 0; partition < partitions; partition += 1) {
    positions.set(partition, options.from ?? starts.get(partition) ?? 0n);
  }
  const records: ReadRecord[] = [];
  while (positions.size > 0) {
    const requests = Array.from(positions, ([partition, offset]) => ({ topic, partition, offset }));
    const fetched = await source.fetch(
      requests,
      fetchOptions({ signal, ...(maxBytesPerPartition && { maxBytesPerPartition }) }),
    );
    for (const result of fetched) {
      const from = positions.get(result.partition) ?? 0n;
      if (result.failure !== undefined) {
        throw new Error(`partition ${result.partition} at ${from}: ${result.failure.detail}`);
      }
      records.push(...checked(result.records, from, result.nextOffset, result.partition));
      positions.set(result.partition, result.nextOffset);
      if (result.nextOffset >= result.endOffset) {
        positions.delete(result.partition);
      }
    }
  }
  return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}

function checked(
  records: readonly KafkaRecord[],
  from: bigint,
  nextOffset: bigint,
  partition: number,
): ReadRecord[] {
  let least = from;
  for (const { offset } of records) {
    if (offset < least) {
      throw new Error(`partition ${partition} gave offset ${offset}, ${least} or later was due`);
    }
    least = offset + 1n;
  }
  if (nextOffset < least) {
    throw new Error(`partition ${partition} is to be read on at ${nextOffset}, before ${least}`);
  }
  return records.map(({ offset, timestamp, key, value }) => {
    return {
      partition,
      offset,
      timestamp,
      key: key?.toString('hex') ?? null,
      value: value?.toString('hex') ?? null,
    };
  });
}

/** The records of the Java consumer without their headers, which the port does not read. */
export function withoutHeaders(records: readonly JavaRecord[]): ReadRecord[] {
  return records.map(({ headers: _headers, ...record }) => record);
}
