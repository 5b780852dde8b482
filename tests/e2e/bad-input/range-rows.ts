import { rawRequest } from '@quicksilver/testkit/raw-http';

/** The key of the ranged topic whose versions the rows ask for: at each whole number of SMALL. */
export const SMALL_KEY = 'small';
export const SMALL: readonly number[] = [-10, -9, -2, -1, 0, 1, 2, 9, 10];
/** The key whose versions no page has all of. */
export const LARGE_KEY = 'large';
export const LARGE_ROWS = 3_000;

export interface RangeRow {
  /** The row's number in the table of bad input. */
  readonly row: number;
  /** Behind the path of the key's range. */
  readonly query: string;
  readonly status: number;
  readonly code?: string;
  /** Range values of the returned versions. */
  readonly at?: readonly number[];
}

const bad = (row: number, code: string, ...queries: readonly string[]): RangeRow[] =>
  queries.map((query) => ({ row, query, status: 400, code }));
const good = (row: number, query: string, at: readonly number[]): RangeRow => ({
  row,
  query,
  status: 200,
  at,
});

export const RANGE_ROWS: readonly RangeRow[] = [
  ...bad(73, 'BAD_RANGE', 'from=2&to=1', 'from=-1&to=-2', 'from=1e1&to=9'),
  good(73, 'from=1&to=1', []),
  ...bad(75, 'BAD_RANGE', '', 'limit=5', 'reverse=true', 'from=&to=', 'from=x&to=2', 'from=0x1'),
  ...bad(75, 'BAD_REQUEST', 'from=1&from=2', 'from=1&to=2&to=3'),
  good(75, 'from=9', [9, 10]),
  good(75, 'to=-9', [-10]),
  ...bad(
    76,
    'BAD_REQUEST',
    ...['0', '-1', '1e9', '1001', 'abc', 'NaN', '', '1.5', '01', '1&limit=2'].map(
      (limit) => `from=0&limit=${limit}`,
    ),
  ),
  ...bad(
    78,
    'BAD_CURSOR',
    ...['abc', '', '%00', 'A'.repeat(24), '..%2F..', 'a'.repeat(8_000)].map(
      (cursor) => `from=0&cursor=${cursor}`,
    ),
  ),
  good(79, 'from=-10&to=10', SMALL.slice(0, -1)),
  good(79, 'from=-10&to=10&includeTo=true&reverse=true', SMALL.toReversed()),
  good(79, 'from=-1.5&to=1.5', [-1, 0, 1]),
];

export const rangeRequest = (topic: string, key: string, query: string): Buffer =>
  rawRequest({ path: `/topics/${topic}/range/${key}?${query}` });
