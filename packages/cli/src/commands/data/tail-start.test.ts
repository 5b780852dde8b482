import { expect, test } from 'vitest';

import { parseTailStart, startOffsets } from './tail-start.ts';

const EARLIEST = new Map([
  [0, 5n],
  [1, 0n],
]);
const LATEST = new Map([
  [0, 20n],
  [1, 3n],
]);
const offsetsFrom = (text: string | undefined) =>
  Object.fromEntries(startOffsets(parseTailStart(text), EARLIEST, LATEST));

test.each([
  [undefined, { 0: 20n, 1: 3n }],
  ['beginning', { 0: 5n, 1: 0n }],
  ['2', { 0: 5n, 1: 2n }],
  ['10', { 0: 10n, 1: 3n }],
  ['2026-01-31T09:00:00Z', { 0: 5n, 1: 0n }],
])('tail --from %s starts at an offset of each partition', (text, offsets) => {
  expect(offsetsFrom(text)).toEqual(offsets);
});

test('any other start is rejected', () => {
  expect(() => parseTailStart('yesterday')).toThrow('Expected --from as beginning, latest');
  expect(() => parseTailStart('-1')).toThrow('found "-1"');
});
