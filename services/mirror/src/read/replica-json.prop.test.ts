import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { currentOf, type HeldRecord } from '../query/current-record.ts';
import { octetsOf, octetsOfText } from '../query/octets.ts';
import { parseHeld, printHeld } from './held-json.ts';
import { parseHeldQuery, printHeldQuery } from './held-query.ts';
import type { RangeItem } from './merge-range.ts';
import { parseRangeItem, printPlacedItem, printRangeItem } from './range-item-json.ts';

/** The text of a response, as another replica decodes it. */
const received = (octets: string): string => Buffer.from(octets, 'latin1').toString('utf8');

const value = fc.json().map(octetsOfText);
const timestamp = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n });
const partition = fc.nat(99_999);
const records: fc.Arbitrary<HeldRecord> = fc.record({
  partition,
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  timestamp,
  json: fc.option(value, { nil: undefined }),
  isRemoval: fc.boolean(),
  removedAt: fc.option(timestamp, { nil: undefined }),
});

test('the records of a key are parsed as they were printed, with the value of the current one', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(records, { selector: (record) => record.partition }),
      fc.boolean(),
      fc.boolean(),
      (held, isImmutable, hasValues) => {
        const current = hasValues ? currentOf(held, isImmutable) : undefined;
        const text = received(printHeld(held, isImmutable, hasValues));
        expect(parseHeld(text)).toEqual(
          held.map((record) => (record === current ? record : { ...record, json: undefined })),
        );
      },
    ),
  );
});

test('a request for the records of keys is parsed as it was printed', () => {
  const queries = fc.record(
    { partitions: fc.uniqueArray(partition, { minLength: 1 }), values: fc.boolean() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(queries, (query) => {
      const { searchParams } = new URL(printHeldQuery('t', query), 'http://mirror');
      expect(parseHeldQuery(Object.fromEntries(searchParams))).toEqual(query);
    }),
  );
});

test('an item of a range is parsed as it was printed, with its partition and stamp if they are', () => {
  const stamp = fc.stringMatching(/^[0-9a-f]{16,24}$/);
  const items: fc.Arbitrary<RangeItem> = fc.record({
    place: fc.uint8Array().map((bytes) => octetsOf(Buffer.from(bytes))),
    value,
    by: fc.record({ partition, stamp }),
  });
  fc.assert(
    fc.property(items, (item) => {
      expect(parseRangeItem(received(printPlacedItem(item)))).toEqual(item);
      expect(parseRangeItem(received(printRangeItem(item)))).toEqual({ ...item, by: undefined });
    }),
  );
});

test('anything else is no item and no record', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseRangeItem(text)).toBeUndefined();
      expect(parseHeld(`[${text}]`)).toBeUndefined();
    }),
  );
});
