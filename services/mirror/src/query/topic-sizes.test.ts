import { expect, test } from 'vitest';

import type { PartitionView } from '../apply/partition-state.ts';
import type { EntryList } from '../store/ports.ts';
import { refusal, type QueryResult } from './query-result.ts';
import { TopicSizes } from './topic-sizes.ts';
import type { TopicView } from './topic-view.ts';

const KEYS = 2_500;
const view = Object.assign({} as TopicView, {
  isExpired: (timestamp: bigint) => timestamp === 0n,
});

/** Lists a partition of 2,500 keys, of which the first has expired. */
class Partition {
  lists = 0;
  refused = false;
  position = { generation: 1, nextOffset: 10n };

  get view(): PartitionView {
    return this.#view;
  }
  readonly #view = Object.defineProperties({} as PartitionView, {
    generation: { get: () => this.position.generation },
    nextOffset: { get: () => this.position.nextOffset },
  });

  readonly list = (after: Buffer | undefined, itemsMax: number): QueryResult<EntryList> => {
    this.lists += 1;
    if (this.refused) {
      return refusal('restoring', 'not yet');
    }
    const start = after === undefined ? 0 : Number(after.toString()) + 1;
    const entries = Array.from({ length: Math.min(itemsMax, KEYS - start) }, (_, at) => {
      const key = Buffer.from(String(start + at));
      return { key, offset: 0n, timestamp: BigInt(start + at), json: Buffer.from('{}') };
    });
    return { ok: true, value: { entries, isComplete: start + itemsMax >= KEYS } };
  };
}

function sizesOf(partition: Partition): TopicSizes {
  return new TopicSizes((_view, _partition, { after, itemsMax }) =>
    Promise.resolve(partition.list(after, itemsMax)),
  );
}

const SIZE = { ok: true, value: { keys: KEYS - 1, bytes: 2 * (KEYS - 1), complete: true } };

test('a partition is counted in steps, without expired keys, and once for all callers', async () => {
  const partition = new Partition();
  const sizes = sizesOf(partition);
  const results = await Promise.all([1, 2, 3].map(() => sizes.of(view, [partition.view])));
  expect(results).toEqual([SIZE, SIZE, SIZE]);
  expect(partition.lists).toBe(3);
  // Records that came meanwhile do not make the number invalid at once.
  partition.position = { generation: 1, nextOffset: 11n };
  expect(await sizes.of(view, [partition.view])).toEqual(SIZE);
  expect(partition.lists).toBe(3);
  partition.position = { generation: 2, nextOffset: 11n };
  expect(await sizes.of(view, [partition.view])).toEqual(SIZE);
  expect(partition.lists).toBe(6);
});

test('a refusal is not remembered', async () => {
  const partition = new Partition();
  const sizes = sizesOf(partition);
  partition.refused = true;
  expect(await sizes.of(view, [partition.view])).toMatchObject({ ok: false, reason: 'restoring' });
  partition.refused = false;
  expect(await sizes.of(view, [partition.view])).toEqual(SIZE);
});

test('counting ends at the limit of keys', async () => {
  const partitions = Array.from({ length: 50 }, () => new Partition());
  const [partition = new Partition()] = partitions;
  const size = await sizesOf(partition).of(
    view,
    partitions.map((each) => each.view),
  );
  expect(size).toMatchObject({ ok: true, value: { complete: false } });
  expect(partition.lists).toBe(3 * Math.ceil(100_000 / (KEYS - 1)));
});
