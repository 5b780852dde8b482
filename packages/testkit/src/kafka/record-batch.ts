import { gzipSync, zstdCompressSync } from 'node:zlib';

import { crc32c } from '@node-rs/crc32';

/**
 * A batch as Kafka's format 2 describes it, written from the specification for tests of readers.
 */
export interface BatchOptions {
  readonly baseOffset: bigint;
  /** By offset delta; left-out deltas are what compaction removed. */
  readonly records: readonly BatchRecord[];
  /** Larger than the offset of the last record if compaction removed records. */
  readonly lastOffsetDelta?: number;
  readonly producerId?: bigint;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly codec?: 'none' | 'gzip' | 'zstd';
  readonly firstTimestamp?: bigint;
  /** Set: the broker's clock counts, and this is what it said. */
  readonly appendTimestamp?: bigint;
}

export interface BatchRecord {
  readonly delta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestampDelta?: number | bigint;
  readonly headers?: readonly (readonly [string, Buffer | null])[];
}

const CODECS = {
  none: { bits: 0, pack: (bytes: Buffer) => bytes },
  gzip: { bits: 1, pack: (bytes: Buffer) => gzipSync(bytes) },
  zstd: { bits: 4, pack: (bytes: Buffer) => zstdCompressSync(bytes) },
};

export function recordBatch(options: BatchOptions): Buffer {
  const { bits, pack } = CODECS[options.codec ?? 'none'];
  const records = pack(Buffer.concat(options.records.map(record)));
  const batch = Buffer.alloc(61 + records.length);
  const lastDelta = options.lastOffsetDelta ?? options.records.at(-1)?.delta ?? 0;
  const { appendTimestamp, firstTimestamp = 1_700_000_000_000n } = options;
  const flags =
    bits |
    (appendTimestamp === undefined ? 0 : 0x08) |
    (options.isTransactional === true ? 0x10 : 0) |
    (options.isControl === true ? 0x20 : 0);
  batch.writeBigInt64BE(options.baseOffset, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(flags, 21);
  batch.writeInt32BE(lastDelta, 23);
  batch.writeBigInt64BE(firstTimestamp, 27);
  batch.writeBigInt64BE(appendTimestamp ?? firstTimestamp, 35);
  batch.writeBigInt64BE(options.producerId ?? -1n, 43);
  batch.writeInt32BE(options.records.length, 57);
  records.copy(batch, 61);
  return sealed(batch);
}

/** The batch with its checksum made right, after a test has changed some of its bytes. */
export function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** The batch that ends a transaction. */
export function controlBatch(
  baseOffset: bigint,
  producerId: bigint,
  type: 'abort' | 'commit',
): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  const records = [{ delta: 0, key, value: Buffer.alloc(6) }];
  return recordBatch({ baseOffset, records, producerId, isTransactional: true, isControl: true });
}

function record({ delta, key, value, timestampDelta = 0, headers = [] }: BatchRecord): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    zigzag(timestampDelta),
    zigzag(delta),
    sized(key),
    sized(value),
    zigzag(headers.length),
    ...headers.flatMap(([name, bytes]) => [sized(Buffer.from(name)), sized(bytes)]),
  ]);
  return Buffer.concat([zigzag(body.length), body]);
}

function sized(bytes: Buffer | null): Buffer {
  return bytes === null ? zigzag(-1) : Buffer.concat([zigzag(bytes.length), bytes]);
}

function zigzag(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value) >= 0n ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n;
  for (; rest >= 128n; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | 128);
  }
  return Buffer.from([...bytes, Number(rest)]);
}
