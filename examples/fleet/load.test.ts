import { expect, test } from 'vitest';

import { drive, history, live, topics } from './load.ts';

test('the history has as many positions as it says, no two of one car at the same time', async () => {
  const all = await Array.fromAsync(history());
  expect(all).toHaveLength(topics[0].recordCount);
  expect(new Set(all.map(({ key, value }) => `${key} ${value.at}`)).size).toBe(all.length);
});

test('the cars on the road continue at the end of the history, now', async () => {
  const all = await Array.fromAsync(history());
  const now = new Date('2030-05-06T07:08:09Z');
  const seen = new Set<string>();
  for await (const { key, value } of drive(() => now)) {
    const last = all.findLast((record) => record.key === key)?.value;
    expect(value.at).toBe('2030-05-06T07:08:09.000Z');
    expect(value.speed).toBe(last?.speed);
    // A second at 60 kilometres an hour is not two ten-thousandths of a degree.
    expect(Math.abs(value.latitude - (last?.latitude ?? 0))).toBeLessThan(0.0002);
    seen.add(key);
    if (seen.size === live.perSecond) {
      break;
    }
  }
});
