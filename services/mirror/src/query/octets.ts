/**
 * JSON as it is sent, with one character for each byte of its UTF-8 (`latin1` in Node). V8 copies
 * and joins such strings several times as fast as buffers, and they are not allocated outside its
 * heap.
 */
export type Octets = string;

export function octetsOf(bytes: Buffer): Octets {
  return bytes.toString('latin1');
}

/** Of text that Node has decoded. */
export function octetsOfText(text: string): Octets {
  return Buffer.from(text).toString('latin1');
}

export function bytesOf(octets: Octets): Buffer {
  return Buffer.from(octets, 'latin1');
}
