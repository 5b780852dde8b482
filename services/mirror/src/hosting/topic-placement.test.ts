import { expect, test } from 'vitest';

import { homeBy, TopicPlaces, type TopicReport } from './topic-placement.ts';

/** Of a replica that owns partition 0. */
const reportBy = (count: number): TopicReport => ({
  topicId: undefined,
  count,
  partitions: [{ partition: 0, state: 'own', nextOffset: 9n, misplacedFrom: undefined }],
});

test('M7: a replica that does not know of added partitions yet may have keys that belong into them', () => {
  const places = new TopicPlaces({ partitions: 3, homeOf: homeBy('STRING'), appliers: new Map() });
  places.learn([reportBy(3)]);
  expect([places.isMixed, places.isOwnTo(0, 8n)]).toEqual([false, true]);
  places.place(6);
  places.changed();
  expect([[...places.mixed], places.isOwnTo(0, 8n)]).toEqual([[0], false]);
  // As long as it says so by the number of before.
  places.learn([reportBy(3)]);
  expect([...places.mixed]).toEqual([0]);
  places.learn([reportBy(6)]);
  expect([...places.mixed]).toEqual([]);
});
