import { parsePosition } from '@quicksilver/contracts/mirror-api/position-token';
import { expect, test } from 'vitest';

import { parseMinPositions, withExtensions } from './min-position.ts';

const BOTH = new Set(['flights', 'airports']);

test('names topics and their positions', () => {
  expect(parseMinPositions('flights/3:41;airports/0:5,1:7@id', BOTH)).toEqual(
    new Map([
      ['flights', parsePosition('3:41')],
      ['airports', parsePosition('0:5,1:7@id')],
    ]),
  );
});

test('needs no name where the schema has one topic', () => {
  const position = new Map([['flights', parsePosition('3:41@id')]]);
  expect(parseMinPositions('3:41@id', new Set(['flights']))).toEqual(position);
});

test('is nothing where it is missing or empty', () => {
  expect([parseMinPositions(undefined, BOTH).size, parseMinPositions('', BOTH).size]).toEqual([
    0, 0,
  ]);
});

test.each([
  '3:41',
  'flights/',
  'flights/x',
  '/3:41',
  'flights/3:41;flights/3:42',
  ';',
  'flights/3:-1',
])('refuses %s', (header) => {
  expect(() => parseMinPositions(header, BOTH)).toThrow(
    expect.objectContaining({ code: 'BAD_POSITION' }),
  );
});

test('what extensions name is wanted beside the header, and the later position where both name one', () => {
  const header = parseMinPositions('flights/3:41,4:9', BOTH);
  const extensions = { positions: 'flights/3:7,4:10;airports/0:5' };
  const wanted = withExtensions(header, extensions, BOTH);
  expect([...wanted].map(([topic, { offsets }]) => [topic, [...offsets]])).toEqual([
    [
      'flights',
      [
        [3, 41n],
        [4, 10n],
      ],
    ],
    ['airports', [[0, 5n]]],
  ]);
  for (const nothing of [undefined, null, {}, { positions: null }, { other: 1 }]) {
    expect(withExtensions(header, nothing, BOTH)).toBe(header);
  }
});

test.each([1, {}, ['flights/3:41'], 'flights'])('refuses extensions.positions %j', (positions) => {
  expect(() => withExtensions(new Map(), { positions }, BOTH)).toThrow(
    expect.objectContaining({ code: 'BAD_POSITION' }),
  );
});
