import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { Owners } from './owners.ts';

const shapes = fc
  .record({
    replicas: fc.integer({ min: 1, max: 12 }),
    partitions: fc.integer({ min: 1, max: 60 }),
  })
  .chain(({ replicas, partitions }) =>
    fc.record({
      replicas: fc.constant(replicas),
      partitions: fc.constant(partitions),
      copies: fc.integer({ min: 1, max: replicas }),
    }),
  );

test('every partition has as many owners as there are copies, and all replicas agree on them', () => {
  fc.assert(
    fc.property(shapes, ({ replicas, partitions, copies }) => {
      const peers = Array.from({ length: replicas }, (_, ordinal) => `host${ordinal}:1`);
      const all = peers.map(
        (advertised, ordinal) =>
          new Owners({ ordinal, peers, copies, advertised: () => advertised }),
      );
      for (let partition = 0; partition < partitions; partition += 1) {
        const owners = peers.filter((_, ordinal) =>
          all[ordinal]?.owned(partitions).includes(partition),
        );
        expect(owners).toHaveLength(copies);
        for (const one of all) {
          expect(one.addressesOf(partition).toSorted()).toEqual(owners.toSorted());
        }
      }
    }),
  );
});

test('the only replica owns every partition, at the address on which it listens', () => {
  const owners = new Owners({ ordinal: 0, peers: [], copies: 1, advertised: () => 'me:1' });
  expect(owners.owned(3)).toEqual([0, 1, 2]);
  expect(owners.addressesOf(2)).toEqual(['me:1']);
});
