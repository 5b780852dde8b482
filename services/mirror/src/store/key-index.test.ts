import { expect, test } from 'vitest';

import type { RawBatch } from './group-commit.ts';
import { KeyIndex } from './key-index.ts';

const KEY = Buffer.from('user-0');
const OTHER = Buffer.from('user-1');

/** The test decides when batches are written. */
class Memory {
  readonly data = new Map<string, Buffer>();
  readonly index = new KeyIndex((key) => this.data.get(key.toString('hex')));

  batch(): { readonly raw: RawBatch; readonly write: () => void } {
    const puts = new Map<string, Buffer>();
    const raw: RawBatch = {
      _put: (key, value) => puts.set(key.toString('hex'), Buffer.from(value)),
      _del: () => {},
      _write: () => Promise.resolve(),
      _clear: () => puts.clear(),
    };
    const write = (): void => {
      for (const [key, value] of puts) {
        this.data.set(key, value);
      }
    };
    return { raw, write };
  }
}

test('P1: a key has every partition that was added, also by writes that overlap', () => {
  const memory = new Memory();
  const [first, second] = [memory.batch(), memory.batch()];
  const [one, other] = [memory.index.begin(), memory.index.begin()];
  one.add(first.raw, 3, KEY);
  other.add(second.raw, 70_000, KEY);
  other.add(second.raw, 3, KEY);
  expect(memory.index.placesOf(KEY)).toEqual([]);
  first.write();
  one.done();
  expect(memory.index.placesOf(KEY)).toEqual([3]);
  second.write();
  other.done();
  expect(memory.index.placesOf(KEY)).toEqual([3, 70_000]);
  expect(memory.index.placesOf(OTHER)).toEqual([]);
});

test('P1: a broken entry, or one of another key, returns unknown partitions and stays', () => {
  const memory = new Memory();
  const batch = memory.batch();
  const write = memory.index.begin();
  write.add(batch.raw, 3, KEY);
  batch.write();
  write.done();
  const [[name, value] = ['', Buffer.alloc(0)]] = memory.data;
  const broken = Buffer.from(value);
  broken[0] = 1;
  for (const wrong of [broken, value.subarray(1), Buffer.alloc(0)]) {
    memory.data.set(name, wrong);
    expect(memory.index.placesOf(KEY)).toBeUndefined();
    const again = memory.batch();
    memory.index.begin().add(again.raw, 5, KEY);
    again.write();
    expect(memory.data.get(name)).toBe(wrong);
  }
});
