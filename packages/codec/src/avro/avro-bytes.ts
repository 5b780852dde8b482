/** Avro's binary encoding of a number. The caller has checked that it fits into 64 bits. */
export function longBytes(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export function intBytes(value: number): Buffer {
  return longBytes(BigInt(value));
}

/** Length-prefixed bytes: the encoding of strings, bytes and map keys. */
export function sizedBytes(bytes: Buffer): Buffer {
  return Buffer.concat([intBytes(bytes.length), bytes]);
}

/** One block with the items of a list or a map, and its end. */
export function blockBytes(items: readonly Buffer[]): Buffer {
  return items.length === 0 ? END : Buffer.concat([intBytes(items.length), ...items, END]);
}

const END = Buffer.from([0]);
