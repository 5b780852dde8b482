import { gzipSync, zstdCompressSync } from 'node:zlib';

import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils';
import { describe, expect, test } from 'vitest';

import { decompress } from './decompress.ts';

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

const text = Buffer.from('the same words again and again, '.repeat(400));

/** The framing of Kafka's Java client: a header, then blocks behind their lengths. */
function xerial(...blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from('82534e41505059000000000100000001', 'hex');
  const parts = blocks.map((block) => {
    const packed = snappyCompress(block);
    const length = Buffer.alloc(4);
    length.writeInt32BE(packed.length);
    return Buffer.concat([length, packed]);
  });
  return Buffer.concat([header, ...parts]);
}

/** A frame of stored blocks; `flags` as the frame's descriptor has them. */
function lz4Frame(flags: number, blocks: readonly Buffer[], end = Buffer.alloc(4)): Buffer {
  const extra = Buffer.alloc((flags & 0x08) === 0 ? 0 : 8);
  const header = Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, 0x40]),
    extra,
    Buffer.from([0]),
  ]);
  const parts = blocks.map((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length + 0x80000000);
    const checksum = Buffer.alloc((flags & 0x10) === 0 ? 0 : 4, 0xee);
    return Buffer.concat([size, block, checksum]);
  });
  return Buffer.concat([header, ...parts, end]);
}

describe('decompression', () => {
  test.each([
    ['gzip', GZIP, gzipSync(text)],
    ['snappy as one block', SNAPPY, snappyCompress(text)],
    [
      'snappy as the Java client frames it',
      SNAPPY,
      xerial(text.subarray(0, 5000), text.subarray(5000)),
    ],
    ['lz4', LZ4, lz4Compress(text)],
    [
      'lz4 with checksums and stored blocks',
      LZ4,
      lz4Frame(0x70, [text.subarray(0, 9), text.subarray(9)]),
    ],
    ['lz4 with its size', LZ4, lz4Frame(0x68, [text])],
    ['zstd', ZSTD, zstdCompressSync(text)],
  ])('reads %s, and rejects it if it would be too large', (_title, codec, packed) => {
    expect(decompress(codec, packed, text.length).equals(text)).toBe(true);
    expect(() => decompress(codec, packed, text.length - 1)).toThrow(/./);
  });

  test.each([
    ['gzip that ends early', GZIP, gzipSync(text).subarray(0, 40)],
    ['snappy that lies about its size', SNAPPY, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])],
    ['snappy with a block outside of the batch', SNAPPY, xerial(text).subarray(0, 60)],
    ['snappy that is noise', SNAPPY, Buffer.from([10, 0xfe, 0xff, 0xff, 0xff])],
    ['snappy without a byte', SNAPPY, Buffer.alloc(0)],
    ['lz4 with linked blocks', LZ4, lz4Frame(0x40, [text])],
    ['lz4 with a block outside of the batch', LZ4, lz4Frame(0x60, [text]).subarray(0, 90)],
    ['lz4 without its end', LZ4, lz4Frame(0x60, [text], Buffer.alloc(0))],
    ['lz4 that is something else', LZ4, Buffer.alloc(40)],
    ['zstd that is noise', ZSTD, Buffer.from('not zstd at all')],
    ['a compression that Kafka does not have', 7, text],
  ])('rejects %s', (_title, codec, packed) => {
    expect(() => decompress(codec, packed, 1_000_000)).toThrow(/./);
    // A refusal leaves nothing behind that spoils the next batch.
    expect(decompress(SNAPPY, snappyCompress(text), 100_000).equals(text)).toBe(true);
    expect(decompress(LZ4, lz4Compress(text), 100_000).equals(text)).toBe(true);
  });
});
