import { expect, test } from 'vitest';

import { startAt, type Ends } from './start-at.ts';

const latest = new Map([[0, 20n]]);
const ends: Ends = { earliest: new Map([[0, 10n]]), latest, highWatermarks: latest };
const target = (nextOffset?: bigint, topicId = 'id') => ({
  partition: 0,
  problem: () => undefined,
  stored: () => (nextOffset === undefined ? undefined : { generation: 1, nextOffset, topicId }),
});

test.each([[10n], [15n], [20n]])(
  'a stored position within the log is resumed: %s',
  (nextOffset) => {
    expect(startAt(target(nextOffset), 'id', ends, false)).toMatchObject({
      how: 'resume',
      position: { nextOffset },
      endOffset: 20n,
    });
  },
);

test.each([
  ['nothing is stored', target(), 'nothing is stored'],
  ['it is before the log start', target(9n), 'before the log start'],
  ['it is after the log end', target(21n), 'after the log end'],
  ['it belongs to another topic of the name', target(15n, 'other'), 'topic id other'],
])('a partition is rebuilt if %s', (_what, of, why) => {
  expect(startAt(of, 'id', ends, false)).toMatchObject({
    how: 'rebuild',
    why: expect.stringContaining(why),
    fromOffset: 10n,
    endOffset: 20n,
  });
});

test('a partition with broken data is rebuilt although its position is valid', () => {
  expect(startAt(target(15n), 'id', ends, true)).toMatchObject({ how: 'rebuild' });
});

test('without offsets from Kafka there is no decision', () => {
  const none = { earliest: new Map(), latest: new Map(), highWatermarks: new Map() };
  expect(() => startAt(target(15n), 'id', none, false)).toThrow('no offsets');
});
