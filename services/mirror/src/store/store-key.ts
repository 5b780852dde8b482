/**
 * Keys of the store: one byte for the index, then for data the partition and the generation, each
 * four bytes big-endian, then the encoded key. A partition's generation is thus one contiguous
 * range, in key order, and clearing it is clearing a range.
 */
const META = 0x00;
/** The newest record of each key. */
export const DATA = 0x01;
/** The versions of a topic with a range field, in their order. */
export const RANGE = 0x02;
/** With a range key: for each key of the topic where its versions stand, so that they can be removed. */
export const BACK = 0x03;
/** How far the sorted runs were moved to the data; there once no run will follow. */
export const SETTLED = 0x04;
/** The sorted runs, which belong to no partition by their keys: these only grow while topics are loaded. */
const RUN = 0x05;
/** In a mixed topic with a range field: when keys were removed last, whatever was written to them later. */
export const REMOVED = 0x06;
export const INDEXES: readonly number[] = [DATA, RANGE, BACK, SETTLED, REMOVED];
/** Where the misplaced records of a key are, whatever the generation. */
const PLACES = 0x07;
/** Behind the last page of a run. */
const HEAD_PAGE = 0xffff_ffff;

export const DATA_PREFIX_BYTES = 9;

export function dataPrefix(partition: number, generation: number, index = DATA): Buffer {
  const prefix = Buffer.allocUnsafe(DATA_PREFIX_BYTES);
  prefix[0] = index;
  prefix.writeUInt32BE(partition, 1);
  prefix.writeUInt32BE(generation, 5);
  return prefix;
}

/** What all keys of a run begin with; without a number what those of all runs do. */
export function runPrefix(run?: number): Buffer {
  const index = Buffer.from([RUN]);
  return run === undefined ? index : Buffer.concat([index, uint32(run)]);
}

export function pageKey(run: number, page: number): Buffer {
  return Buffer.concat([runPrefix(run), uint32(page)]);
}

/** Of what says whose the run is and what is in which of its pages. */
export function runHeadKey(run: number): Buffer {
  return pageKey(run, HEAD_PAGE);
}

/** The run of a key of one. */
export function runOf(storeKey: Buffer): number {
  return storeKey.readUInt32BE(1);
}

/** Of the entry that names the partitions of a key. */
export function indexKey(key: Buffer): Buffer {
  const storeKey = Buffer.allocUnsafe(1 + key.length);
  storeKey[0] = PLACES;
  storeKey.set(key, 1);
  return storeKey;
}

/** Partition and generation of a key of an index that has them. */
export function ownerOf(storeKey: Buffer): { partition: number; generation: number } {
  return { partition: storeKey.readUInt32BE(1), generation: storeKey.readUInt32BE(5) };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The first store key behind everything that begins with the prefix. */
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

/** What the store holds as a whole: format, topic, types. */
export const STORE_META_KEY: Buffer = Buffer.from([META, 0x00]);

export function partitionMetaKey(partition: number): Buffer {
  const key = Buffer.allocUnsafe(6);
  key[0] = META;
  key[1] = 0x01;
  key.writeUInt32BE(partition, 2);
  return key;
}

/** Of what is remembered of the schema of an id; without one what those of all ids begin with. */
export function schemaNoteKey(id?: number): Buffer {
  const prefix = Buffer.from([META, 0x02]);
  return id === undefined ? prefix : Buffer.concat([prefix, uint32(id)]);
}

/** From here on begins the data of all partitions. */
export const DATA_START: Buffer = Buffer.from([DATA]);
