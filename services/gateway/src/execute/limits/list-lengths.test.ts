import { expect, test } from 'vitest';

import { ListLengths } from './list-lengths.ts';

test('the average of the latest lists is known after 16 of them, and one long list hardly changes it', () => {
  const lengths = new ListLengths();
  const include = (count: number, items: number): number | undefined => {
    for (let at = 0; at < count; at += 1) {
      lengths.include('Item.parts', items);
    }
    return lengths.of('Item.parts');
  };
  expect(include(15, 2)).toBeUndefined();
  expect(include(1, 2)).toBe(2);
  expect(include(1_000, 2)).toBe(2);
  expect(include(1, 1_000)).toBeLessThan(10);
  // Later lists replace earlier ones.
  expect(include(5_000, 50)).toBe(50);
  expect(lengths.of('Item.others')).toBeUndefined();
});
