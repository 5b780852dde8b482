import { parsePosition } from '@quicksilver/common/mirror-api/position-token';
import { expect, test } from 'vitest';

import { parseMinPositions } from './min-position.ts';

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
