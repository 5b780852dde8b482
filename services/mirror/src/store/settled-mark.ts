/** The key after one byte, because a key may be empty. Nothing if no key was moved yet. */
export function printSettled(key: Buffer | undefined): Buffer {
  return key === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.from([1]), key]);
}

export function parseSettled(stored: Buffer): Buffer | undefined {
  return stored.length === 0 ? undefined : stored.subarray(1);
}

export function laterKey(one: Buffer | undefined, other: Buffer | undefined): Buffer | undefined {
  if (one === undefined || other === undefined) {
    return one ?? other;
  }
  return one.compare(other) > 0 ? one : other;
}
