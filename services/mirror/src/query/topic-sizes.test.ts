import { expect, test } from 'vitest';

import type { PartitionView } from '../apply/partition-state.ts';
import type { CountOptions, EntryCount } from '../store/ports.ts';
import type { TopicView } from './topic-view.ts';
import { TopicSizes } from './topic-sizes.ts';

function viewWith(count: (options: CountOptions) => EntryCount): TopicView {
  const owned = [1, 2].map((partition) => ({ partition, generation: 3 }) as PartitionView);
  return {
    topic: 't',
    range: {},
    store: { count: (options: CountOptions) => Promise.resolve(count(options)) },
    listOwned: () => owned,
  } as unknown as TopicView;
}

test('a topic is measured in its partitions here, once for all who ask at the same time', async () => {
  const counted: string[] = [];
  const view = viewWith(({ partition, generation, index }) => {
    counted.push(`${partition} ${generation} ${index}`);
    return { count: 10 * partition, isExact: index === 'keys' || partition === 1 };
  });
  const sizes = new TopicSizes(() => '/no/such/directory');
  const [one, other] = await Promise.all([sizes.of(view), sizes.of(view)]);
  expect(other).toBe(one);
  expect(counted).toEqual(['1 3 keys', '1 3 versions', '2 3 keys', '2 3 versions']);
  expect(one).toEqual({
    topic: 't',
    partitions: [
      { partition: 1, keys: 10, versions: 10, isExact: true },
      { partition: 2, keys: 20, versions: 20, isExact: false },
    ],
    storeBytes: 0,
    memoryBytes: expect.any(Number) as number,
  });
  expect(await sizes.of(view)).not.toBe(one);
});

test('a topic that cannot be counted can be measured again', async () => {
  let failures = 1;
  const view = viewWith(() => {
    failures -= 1;
    if (failures >= 0) {
      throw new Error('the store is closed');
    }
    return { count: 1, isExact: true };
  });
  const sizes = new TopicSizes(() => '/no/such/directory');
  await expect(sizes.of(view)).rejects.toThrow('the store is closed');
  expect((await sizes.of(view)).partitions).toHaveLength(2);
});
