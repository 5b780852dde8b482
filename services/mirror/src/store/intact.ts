import { CorruptStoreError } from './ports.ts';
import { readRemovalTime, readValue, type StoredRecord } from './value-layout.ts';

/** The parts of an existing value. Throws `CorruptStoreError` if the checksum does not match. */
export function intact(storeKey: Buffer, value: Buffer): StoredRecord {
  const record = readValue(storeKey, value);
  if (record === undefined) {
    throw new CorruptStoreError('A stored value does not match its checksum.');
  }
  return record;
}

/** The time of a removal. Throws `CorruptStoreError` if the checksum does not match. */
export function intactTime(storeKey: Buffer, value: Buffer): bigint {
  const timestamp = readRemovalTime(storeKey, value);
  if (timestamp === undefined) {
    throw new CorruptStoreError('A stored removal does not match its checksum.');
  }
  return timestamp;
}
