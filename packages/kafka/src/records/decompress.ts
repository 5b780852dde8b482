import { gunzipSync, zstdDecompressSync } from 'node:zlib';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { lz4Decompress, snappyDecompress } from '@platformatic/wasm-utils';

/** The records of an intact batch exceed the limit after decompression. */
export class BatchTooLargeError extends Error {
  constructor() {
    super(
      'its records have more bytes after decompression than QUICK_KAFKA_DECOMPRESSED_BYTES_MAX allows. Raise the limit and rebuild the partition, or write smaller batches.',
    );
  }
}

/** The compression bits of a batch's attributes. */
export const COMPRESSION_MASK = 0b111;

/**
 * Decompresses the records of a batch. Throws if they are damaged or exceed `bytesMax`, and never
 * allocates much more than that. Formats that state their size are checked first. Others are
 * unpacked piece by piece.
 */
export function decompress(codec: number, packed: Buffer, bytesMax: number): Buffer {
  switch (codec) {
    case 0:
      return packed;
    case 1:
      return unpackBounded(gunzipSync, packed, bytesMax);
    case 2:
      return unpackSnappy(packed, bytesMax);
    case 3:
      return unpackLz4(packed, bytesMax);
    case 4:
      return unpackBounded(zstdDecompressSync, packed, bytesMax);
    default:
      throw new Error(`unknown compression ${codec}`);
  }
}

function unpackBounded(
  unpack: (packed: Buffer, options: { maxOutputLength: number }) => Buffer,
  packed: Buffer,
  bytesMax: number,
): Buffer {
  try {
    return unpack(packed, { maxOutputLength: bytesMax });
  } catch (error) {
    throw codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? new BatchTooLargeError() : error;
  }
}

/** Kafka's Java client writes snappy in blocks behind this header, librdkafka a single block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

function unpackSnappy(packed: Buffer, bytesMax: number): Buffer {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return unpackSnappyBlock(packed, bytesMax);
  }
  const pieces = new Pieces(bytesMax);
  for (let at = XERIAL_HEADER_BYTES; at < packed.length;) {
    const end = at + 4 + packed.readInt32BE(at);
    if (end <= at + 4 || end > packed.length) {
      throw new Error('a snappy block ends outside of the batch');
    }
    pieces.add(unpackSnappyBlock(packed.subarray(at + 4, end), pieces.bytesLeft));
    at = end;
  }
  return pieces.join();
}

function unpackSnappyBlock(block: Buffer, bytesMax: number): Buffer {
  // A block starts with its uncompressed length, as a little-endian variable-length integer.
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block.readUInt8(index);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      break;
    }
  }
  refuseOver(length, bytesMax);
  return snappyDecompress(block);
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_HAS_DICTIONARY = 0x01;
const LZ4_HAS_CONTENT_SIZE = 0x08;
const LZ4_HAS_BLOCK_CHECKSUM = 0x10;
const LZ4_IS_INDEPENDENT = 0x20;
/** Header of a frame with one block of up to 4 MiB: version 1, independent, no checksums. */
const LZ4_SMALL_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
const LZ4_END = Buffer.alloc(4);

/**
 * A frame need not state its size, and may expand 255 times. So each block (at most 4 MiB unpacked)
 * is unpacked separately, as its own frame. Kafka's clients write independent blocks only. Block
 * checksums are skipped, because the batch has one for all of them.
 */
function unpackLz4(packed: Buffer, bytesMax: number): Buffer {
  const flags = packed.readUInt8(4);
  if (packed.readUInt32LE(0) !== LZ4_MAGIC || flags >> 6 !== 1) {
    throw new Error('expected an lz4 frame of version 1');
  }
  if ((flags & LZ4_IS_INDEPENDENT) === 0 || (flags & LZ4_HAS_DICTIONARY) !== 0) {
    throw new Error('an lz4 frame with linked blocks or a dictionary cannot be read');
  }
  const pieces = new Pieces(bytesMax);
  const trailerBytes = (flags & LZ4_HAS_BLOCK_CHECKSUM) === 0 ? 0 : 4;
  let at = (flags & LZ4_HAS_CONTENT_SIZE) === 0 ? 7 : 15;
  for (;;) {
    const size = packed.readUInt32LE(at);
    if (size === 0) {
      return pieces.join();
    }
    const end = at + 4 + (size & 0x7fffffff);
    if (end > packed.length) {
      throw new Error('an lz4 block ends outside of the batch');
    }
    const isStored = size >= 0x80000000;
    const frame = [LZ4_SMALL_HEADER, packed.subarray(at, end), LZ4_END];
    pieces.add(isStored ? packed.subarray(at + 4, end) : lz4Decompress(Buffer.concat(frame)));
    at = end + trailerBytes;
  }
}

/** Collects unpacked pieces within a bound. */
class Pieces {
  readonly #bytesMax: number;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytesLeft(): number {
    return this.#bytesMax - this.#bytes;
  }

  add(piece: Buffer): void {
    this.#bytes += piece.length;
    refuseOver(this.#bytes, this.#bytesMax);
    this.#pieces.push(piece);
  }

  join(): Buffer {
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
  }
}

function refuseOver(bytes: number, bytesMax: number): void {
  if (bytes > bytesMax) {
    throw new BatchTooLargeError();
  }
}
