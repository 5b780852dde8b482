import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseBatchKeys, printBatchKeys } from './batch-query.ts';
import { BATCH_KEYS_MAX, PAGE_ITEMS_MAX, RANGE_ITEMS_MAX } from './contract.ts';
import {
  type LIST_PARAMETERS,
  parseListQuery,
  printListQuery,
  type ListParameters,
} from './list-query.ts';
import type { ParameterTable, QueryOf } from './query-string.ts';
import {
  parseRangePartQuery,
  parseRangeQuery,
  printRangeQuery,
  type RANGE_PARAMETERS,
  type RANGE_PART_PARAMETERS,
  type RangeParameters,
  type RangePartParameters,
} from './range-query.ts';

/** Values of every parameter of a table. The test does not compile without one of them. */
type Values<Table extends ParameterTable> = {
  readonly [Name in keyof Required<QueryOf<Table>>]: fc.Arbitrary<
    NonNullable<QueryOf<Table>[Name]>
  >;
};

const text = fc.string({ unit: 'grapheme' });
const flag = fc.boolean();
const partitions = fc.uniqueArray(fc.nat(99_999), { minLength: 1 });

const lists: Values<typeof LIST_PARAMETERS> = {
  limit: fc.integer({ min: 1, max: PAGE_ITEMS_MAX }),
  cursor: text,
  cursors: flag,
  partitions,
};
const ranges: Values<typeof RANGE_PARAMETERS> = {
  keyForm: fc.constant('json'),
  from: text,
  to: text,
  includeFrom: flag,
  includeTo: flag,
  reverse: flag,
  after: text,
  before: text,
  limit: fc.integer({ min: 1, max: RANGE_ITEMS_MAX }),
  cursor: text,
  cursors: flag,
};
const parts: Values<typeof RANGE_PART_PARAMETERS> = { partitions, places: flag };

/** The parameters of a request, as a server decodes them. */
function parametersOf(target: string): Record<string, string> {
  return Object.fromEntries(new URL(target, 'http://mirror').searchParams);
}

test('a list query is parsed as it was printed', () => {
  const queries: fc.Arbitrary<ListParameters> = fc.record(lists, { requiredKeys: [] });
  fc.assert(
    fc.property(queries, (query) => {
      expect(parseListQuery(parametersOf(printListQuery('t', query)))).toEqual(query);
    }),
  );
});

test('a range query is parsed as it was printed', () => {
  const queries: fc.Arbitrary<RangeParameters> = fc.record(ranges, { requiredKeys: [] });
  const forwarded: fc.Arbitrary<RangePartParameters> = fc.record(parts, { requiredKeys: [] });
  fc.assert(
    fc.property(queries, forwarded, (query, part) => {
      const parameters = parametersOf(printRangeQuery('t', 'k', { ...query, ...part }));
      expect(parseRangeQuery(parameters)).toEqual(query);
      expect(parseRangePartQuery(parameters)).toEqual(part);
    }),
  );
});

const keys = <T>(key: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(key, { minLength: 1, maxLength: BATCH_KEYS_MAX });

test('the keys of a batch are parsed as they were printed', () => {
  fc.assert(
    fc.property(keys(text), (texts) => {
      const body = Buffer.from(printBatchKeys(texts.map((key) => JSON.stringify(key))));
      expect(parseBatchKeys(body, true)).toEqual({ texts });
    }),
  );
  fc.assert(
    fc.property(keys(fc.json()), (jsons) => {
      const body = Buffer.from(printBatchKeys(jsons));
      expect(parseBatchKeys(body, false)).toEqual({ jsons });
    }),
  );
});
