/** The key behind a byte that is not there as long as no key was moved: a key may have no bytes. */
export function printSettled(key: Buffer | undefined): Buffer {
  return key === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.from([1]), key]);
}

export function parseSettled(stored: Buffer): Buffer | undefined {
  return stored.length === 0 ? undefined : stored.subarray(1);
}
