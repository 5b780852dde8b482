import { expect, test } from 'vitest';

import { PartitionSequence } from './partition-sequence.ts';

test('a sequence goes round at 2^31, as the broker counts', () => {
  const sequence = new PartitionSequence();
  sequence.advance(2 ** 31 - 1);
  expect(sequence.place(5n)).toEqual({
    producerId: 5n,
    producerEpoch: 0,
    firstSequence: 2_147_483_647,
  });
  sequence.advance(3);
  expect(sequence.place(5n).firstSequence).toBe(2);
});

test('a new epoch begins at 0 and keeps the producer id, until the epochs are used up', () => {
  const sequence = new PartitionSequence();
  sequence.place(5n);
  sequence.advance(10);
  for (let epoch = 1; epoch <= 32_767; epoch += 1) {
    expect(sequence.restart()).toBe(false);
  }
  expect(sequence.place(6n)).toEqual({ producerId: 5n, producerEpoch: 32_767, firstSequence: 0 });
  expect(sequence.restart()).toBe(true);
  expect(sequence.place(6n)).toEqual({ producerId: 6n, producerEpoch: 0, firstSequence: 0 });
});
