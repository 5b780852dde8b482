import { eventually } from '@quicksilver/testkit/eventually';
import { expect, test } from 'vitest';

import { TopicSizes } from './topic-sizes.ts';

const sizeOf = (keys: number) => ({ keys, versions: keys * 10 });

test('a size is read in the background, again when it is old, and stays if a read fails', async () => {
  const results = [sizeOf(1), new Error('no mirror'), sizeOf(3)];
  const sizes = new TopicSizes({
    read: () => {
      const result = results.length === 1 ? results[0] : results.shift();
      return result instanceof Error
        ? Promise.reject(result)
        : Promise.resolve(result ?? sizeOf(0));
    },
    refreshMs: 0,
  });
  expect(sizes.sizeOf('a')).toBeUndefined();
  await eventually(() => expect(sizes.sizeOf('a')).toEqual(sizeOf(1)));
  await eventually(() => {
    // The failure of the second read does not make the size unknown.
    expect(sizes.sizeOf('a')).toBeDefined();
    expect(results).toHaveLength(1);
  });
  await eventually(() => expect(sizes.sizeOf('a')).toEqual(sizeOf(3)));
});

test('an old size is used until the next one is read, and one topic has one read at a time', async () => {
  const reads: (() => void)[] = [];
  const sizes = new TopicSizes({
    read: () => new Promise((resolve) => reads.push(() => resolve(sizeOf(reads.length)))),
    refreshMs: 0,
  });
  sizes.refresh('a');
  sizes.refresh('a');
  expect(reads).toHaveLength(1);
  reads[0]?.();
  await eventually(() => expect(sizes.sizeOf('a')).toEqual(sizeOf(1)));
  await eventually(() => expect(sizes.sizeOf('a') && reads.length).toBe(2));
  expect(sizes.sizeOf('a')).toEqual(sizeOf(1));
});

test('four sizes are read at a time, and topics of other schemas are forgotten', async () => {
  const reads: (() => void)[] = [];
  const sizes = new TopicSizes({
    read: () => new Promise((resolve) => reads.push(() => resolve(sizeOf(1)))),
    refreshMs: 60_000,
  });
  const topics = Array.from({ length: 10 }, (_, at) => `t${at}`);
  topics.forEach((topic) => sizes.refresh(topic));
  expect(reads).toHaveLength(4);
  for (let done = 0; done < topics.length; done += 1) {
    await eventually(() => expect(reads.length).toBeGreaterThan(done));
    reads[done]?.();
  }
  await eventually(() => expect([...sizes.sizes().keys()]).toEqual(topics));
  expect(reads).toHaveLength(topics.length);
  sizes.keep(new Set(['t3']));
  expect([...sizes.sizes().keys()]).toEqual(['t3']);
});
