import { parsePosition } from '@quicksilver/contracts/mirror-api/position-token';
import { expect, test } from 'vitest';

import { parseMinPositions, addExtensionPositions } from './min-positions.ts';

const BOTH = new Set(['flights', 'airports']);

test('a header names topics and their positions', () => {
  expect(parseMinPositions('flights/3:41;airports/0:5,1:7@id', BOTH)).toEqual(
    new Map([
      ['flights', parsePosition('3:41')],
      ['airports', parsePosition('0:5,1:7@id')],
    ]),
  );
});

test('a position needs no name if the schema has one topic', () => {
  const position = new Map([['flights', parsePosition('3:41@id')]]);
  expect(parseMinPositions('3:41@id', new Set(['flights']))).toEqual(position);
});

test('there are no positions if the header is missing or empty', () => {
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
])('the header %s is rejected', (header) => {
  expect(() => parseMinPositions(header, BOTH)).toThrow(
    expect.objectContaining({ code: 'BAD_POSITION' }),
  );
});

test('positions of extensions are added to those of the header, and the later position of a partition counts', () => {
  const header = parseMinPositions('flights/3:41,4:9', BOTH);
  const extensions = { positions: 'flights/3:7,4:10;airports/0:5' };
  const positions = addExtensionPositions(header, extensions, BOTH);
  expect([...positions].map(([topic, { offsets }]) => [topic, [...offsets]])).toEqual([
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
    expect(addExtensionPositions(header, nothing, BOTH)).toBe(header);
  }
});

test.each([1, {}, ['flights/3:41'], 'flights'])(
  'extensions.positions %j is rejected',
  (positions) => {
    expect(() => addExtensionPositions(new Map(), { positions }, BOTH)).toThrow(
      expect.objectContaining({ code: 'BAD_POSITION' }),
    );
  },
);
