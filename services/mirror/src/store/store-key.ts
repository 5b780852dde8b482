/**
 * Keys of the store: one byte for the index; for data then the partition and the generation, four
 * bytes big-endian each; then the encoded key. So a generation of a partition is one contiguous
 * range in key order, and to clear it is to clear a range.
 */
const META = 0x00;
/** The newest record of each key. */
export const DATA = 0x01;
/** The versions of a topic with a range field, in their order. */
export const RANGE = 0x02;
/**
 * Only with a range key: the places of the versions of each key of the topic, so that they can be
 * removed.
 */
export const BACK = 0x03;
/** The key up to which sorted runs are moved to the data. Exists once no run will follow. */
export const SETTLED = 0x04;
/**
 * The sorted runs. Their keys contain no partition, because these keys must only grow while topics
 * are loaded.
 */
const RUN = 0x05;
/**
 * In a mixed topic with a range field: the time of the last removal of each key, whatever was
 * written later.
 */
export const REMOVED = 0x06;
/** The listed poison records, by their numbers. */
const POISON = 0x08;
export const INDEXES: readonly number[] = [DATA, RANGE, BACK, SETTLED, REMOVED, POISON];
/** The partitions with misplaced records of a key, for all generations. */
const PARTITIONS = 0x07;
/** After the last page of a run. */
const HEAD_PAGE = 0xffff_ffff;

export const DATA_PREFIX_BYTES = 9;

export function dataPrefix(partition: number, generation: number, index = DATA): Buffer {
  const prefix = Buffer.allocUnsafe(DATA_PREFIX_BYTES);
  prefix[0] = index;
  prefix.writeUInt32BE(partition, 1);
  prefix.writeUInt32BE(generation, 5);
  return prefix;
}

/** The prefix of all keys of a run. Without a number, of all runs. */
export function runPrefix(run?: number): Buffer {
  const index = Buffer.from([RUN]);
  return run === undefined ? index : Buffer.concat([index, uint32(run)]);
}

export function pageKey(run: number, page: number): Buffer {
  return Buffer.concat([runPrefix(run), uint32(page)]);
}

/** The key of the head, which has the partition of the run and the first key of each page. */
export function runHeadKey(run: number): Buffer {
  return pageKey(run, HEAD_PAGE);
}

/** The run of a store key. */
export function runOf(storeKey: Buffer): number {
  return storeKey.readUInt32BE(1);
}

/** The key of a poison record with this number. */
export function poisonKey(partition: number, generation: number, index: number): Buffer {
  const number = Buffer.allocUnsafe(8);
  number.writeBigUInt64BE(BigInt(index));
  return Buffer.concat([dataPrefix(partition, generation, POISON), number]);
}

/** The key of the entry with the partitions of a key. */
export function indexKey(key: Buffer): Buffer {
  const storeKey = Buffer.allocUnsafe(1 + key.length);
  storeKey[0] = PARTITIONS;
  storeKey.set(key, 1);
  return storeKey;
}

/** Partition and generation of a store key, for indexes that have them. */
export function ownerOf(storeKey: Buffer): { partition: number; generation: number } {
  return { partition: storeKey.readUInt32BE(1), generation: storeKey.readUInt32BE(5) };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The first store key after all keys with the prefix. */
export function behindPrefix(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at -= 1) {
    const byte = end[at] ?? 0;
    if (byte < 0xff) {
      end[at] = byte + 1;
      return end.subarray(0, at + 1);
    }
  }
  throw new Error('every store key begins with an index byte below 255');
}

/** The identity of the store: format, topic and types. */
export const STORE_META_KEY: Buffer = Buffer.from([META, 0x00]);

export function partitionMetaKey(partition: number): Buffer {
  const key = Buffer.allocUnsafe(6);
  key[0] = META;
  key[1] = 0x01;
  key.writeUInt32BE(partition, 2);
  return key;
}

/** The key of the note of a schema id. Without an id, the prefix of all notes. */
export function schemaNoteKey(id?: number): Buffer {
  const prefix = Buffer.from([META, 0x02]);
  return id === undefined ? prefix : Buffer.concat([prefix, uint32(id)]);
}

/** The data of all partitions begins here. */
export const DATA_START: Buffer = Buffer.from([DATA]);
