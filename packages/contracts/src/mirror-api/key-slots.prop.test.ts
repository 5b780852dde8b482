import fc from 'fast-check';
import { expect, test } from 'vitest';

import { codecFor } from '@quicksilver/codec/codecs';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { chunksOf, groupBy, partitionKeys } from './key-slots.ts';
import { ownersOf } from './ownership.ts';

test('I-R5: grouping a batch by owner sends every key once, to the replica of a single lookup', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        { maxLength: 60 },
      ),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 7 }),
      (keys, partitions, replicas, chunk) => {
        const topic = { name: 't', keyType: 'STRING', partitions } as const;
        const set = { replicas, copies: 1 };
        const json = keys.map((key) => JSON.stringify(key));
        const groups = groupBy(partitionKeys(topic, json).slots, (slot) =>
          String(ownersOf(slot.partition, set)[0]),
        );
        const sent = [...groups].flatMap(([owner, slots]) =>
          chunksOf(slots, chunk).flatMap((part) => part.map((slot) => [slot.index, owner])),
        );
        const naive = json.map((key, index) => {
          const partition = partitionOf(codecFor('STRING').fromJson(key), partitions);
          return [index, String(partition % replicas)];
        });
        expect(sent.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual(naive);
      },
    ),
  );
});
