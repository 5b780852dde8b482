import { expect, test } from 'vitest';

import { homeBy, TopicPlacement, type TopicReport } from './topic-placement.ts';

/** Of a replica that owns partition 0. */
const reportBy = (count: number): TopicReport => ({
  topicId: undefined,
  count,
  partitions: [{ partition: 0, state: 'own', nextOffset: 9n, misplacedFrom: undefined }],
});

test('M7: a replica that does not know added partitions may have keys whose home they are', () => {
  const placement = new TopicPlacement({
    partitions: 3,
    homeOf: homeBy('STRING'),
    appliers: new Map(),
  });
  placement.learn([reportBy(3)]);
  expect([placement.isMixed, placement.isUnmixedTo(0, 8n)]).toEqual([false, true]);
  placement.place(6);
  placement.changed();
  expect([[...placement.mixed], placement.isUnmixedTo(0, 8n)]).toEqual([[0], false]);
  // While its report has the old number.
  placement.learn([reportBy(3)]);
  expect([...placement.mixed]).toEqual([0]);
  placement.learn([reportBy(6)]);
  expect([...placement.mixed]).toEqual([]);
});
