/** Parts of Avro's binary encoding. Numbers are in 64 bits; who calls has checked that. */
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

/** Bytes behind their length: what strings, bytes and keys of maps are. */
export function sizedBytes(bytes: Buffer): Buffer {
  return Buffer.concat([intBytes(bytes.length), bytes]);
}

/** The items of a list or a map as one block, and its end. */
export function blockBytes(items: readonly Buffer[]): Buffer {
  return items.length === 0 ? END : Buffer.concat([intBytes(items.length), ...items, END]);
}

const END = Buffer.from([0]);
