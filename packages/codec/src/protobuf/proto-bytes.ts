/** Protobuf's encoding of a whole number without a sign, of at most 64 bits. */
export function varintBytes(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export function tagBytes(number: number, wire: number): Buffer {
  return varintBytes(BigInt(number) * 8n + BigInt(wire));
}

export function sizedBytes(bytes: Buffer): Buffer {
  return Buffer.concat([varintBytes(BigInt(bytes.length)), bytes]);
}

export function zigzag(value: bigint): bigint {
  return (value << 1n) ^ (value >> 63n);
}
