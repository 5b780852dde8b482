import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { LevelRange } from './level-range.ts';
import { CorruptStoreError } from './ports.ts';
import { dataPrefix, RANGE } from './store-key.ts';
import { readVersion, seedOf, writeVersion } from './version-layout.ts';

const KEY = Buffer.from('key');
const PREFIX = dataPrefix(3, 200, RANGE);
const keyAt = (place: Uint8Array): Buffer => Buffer.concat([PREFIX, place]);
const textOf = (place: Uint8Array, json: string): string =>
  writeVersion(keyAt(place), { json: Buffer.from(json), timestamp: 7n, key: KEY }).toString('utf8');
const bytesOf = (octets: string): Buffer => Buffer.from(octets, 'latin1');

test('a version is returned with its place, for any bytes of the place and any JSON', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.json(), (place, json) => {
      const version = readVersion(textOf(place, json), seedOf(PREFIX));
      expect(bytesOf(version.place)).toEqual(Buffer.from(place));
      expect(bytesOf(version.json).toString()).toBe(json);
    }),
  );
});

test('a version with a missing or changed character, or of another generation, is never returned', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.json(), fc.nat(), fc.nat(255), (place, json, at, octet) => {
      const text = textOf(place, json);
      const index = at % text.length;
      const changed = text.slice(0, index) + String.fromCharCode(octet) + text.slice(index + 1);
      fc.pre(changed !== text);
      const seed = seedOf(PREFIX);
      expect(() => readVersion(changed, seed)).toThrow(CorruptStoreError);
      expect(() => readVersion(text.slice(0, index), seed)).toThrow(CorruptStoreError);
      expect(() => readVersion(text, seedOf(dataPrefix(3, 201, RANGE)))).toThrow(CorruptStoreError);
    }),
  );
});

test('a checksum must be its exact digits, not another form of the number', () => {
  const sums = Array.from({ length: 1_000 }, (_, n) => textOf(bytesOf('p'), String(n)));
  const text = sums.find((each) => /00[0-9a-f]{5}[a-f]$/.test(each)) ?? '';
  expect(readVersion(text, seedOf(PREFIX)).place).toBe('p');
  const [content, sum] = [text.slice(0, -8), text.slice(-8)];
  for (const other of [` ${sum.slice(1)}`, `+${sum.slice(1)}`, `0x${sum.slice(2)}`]) {
    expect(Number.parseInt(other, 16)).toBe(Number.parseInt(sum, 16));
    expect(() => readVersion(content + other, seedOf(PREFIX))).toThrow(CorruptStoreError);
  }
  expect(() => readVersion(content + sum.toUpperCase(), seedOf(PREFIX))).toThrow(CorruptStoreError);
});

test('a version at a wrong place is never returned', async () => {
  const read = async (places: readonly string[], isReverse = false): Promise<number> => {
    const texts = places.map((place): [unknown, string] => ['', textOf(bytesOf(place), '1')]);
    const range = new LevelRange({
      iterator: { nextv: async () => texts.splice(0, 2), close: async () => {} },
      seed: seedOf(PREFIX),
      gte: 'b',
      lt: 'f',
      isReverse,
    });
    return (await range.next(100, 1_000)).entries.length;
  };
  expect(await read(['b', 'c', 'd', 'e\xff'])).toBe(4);
  expect(await read(['e', 'd', 'b'], true)).toBe(3);
  for (const places of [['c', 'c'], ['d', 'c'], ['a'], ['c', 'f'], ['c', 'd', 'e', 'd']]) {
    await expect(read(places), places.join(' ')).rejects.toThrow(CorruptStoreError);
  }
  await expect(read(['c', 'd'], true)).rejects.toThrow(CorruptStoreError);
});
