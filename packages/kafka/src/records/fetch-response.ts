import { WireReader } from './wire-reader.ts';

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** One partition of a Fetch response. Its records are not decoded yet. */
export interface RawPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly logStartOffset: bigint;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

export interface FetchAnswer {
  readonly errorCode: number;
  readonly partitions: readonly RawPartition[];
}

const NO_RECORDS = Buffer.alloc(0);

/**
 * Reads the body of a Fetch response, version 13. It does not decode the record batches: they may
 * fail per partition, and the reader bounds how much is decoded.
 */
export function readFetchResponse(body: Buffer): FetchAnswer {
  const reader = new WireReader(body);
  reader.int32(); // throttle time
  const errorCode = reader.int16();
  reader.int32(); // session id
  const partitions = reader.compactArray(() => {
    const topicId = reader.uuid();
    const ofTopic = reader.compactArray(() => readPartition(reader, topicId));
    reader.skipTags();
    return ofTopic;
  });
  return { errorCode, partitions: partitions.flat() };
}

function readPartition(reader: WireReader, topicId: string): RawPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  const logStartOffset = reader.int64();
  const aborted = reader.compactArray(() => {
    const transaction = { producerId: reader.int64(), firstOffset: reader.int64() };
    reader.skipTags();
    return transaction;
  });
  reader.int32(); // preferred read replica
  const records = reader.compactBytes() ?? NO_RECORDS;
  reader.skipTags();
  return {
    topicId,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted,
    records,
  };
}
