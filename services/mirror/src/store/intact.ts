import { CorruptStoreError } from './ports.ts';
import { readValue, type StoredRecord } from './value-layout.ts';

/** The parts of a value that is there. Throws `CorruptStoreError` where it is not what was written. */
export function intact(storeKey: Buffer, value: Buffer): StoredRecord {
  const record = readValue(storeKey, value);
  if (record === undefined) {
    throw new CorruptStoreError('A stored value does not match its checksum.');
  }
  return record;
}
