import { expect, test } from 'vitest';

import { PoisonLog } from './poison-log.ts';
import type { PoisonReason } from './record-to-op.ts';

const newLog = () => new PoisonLog({ entriesMax: 3, encodeKey: (key) => key });

function add(log: PoisonLog, offset: bigint, key: string, reason: PoisonReason = 'BAD_VALUE') {
  const record = { offset, timestamp: 0n, key: Buffer.from(key), value: Buffer.from('{') };
  log.add(record, { reason, detail: 'unreadable' });
}

const newest = (log: PoisonLog, key: string) => log.newestOf(Buffer.from(key))?.offset;

test('the total counts all records, and the list has the latest ones', () => {
  const log = newLog();
  for (const offset of [1n, 2n, 3n, 4n, 5n]) {
    add(log, offset, `k${offset}`);
  }
  expect([log.count, log.list().map(({ offset }) => offset)]).toEqual([5, [3n, 4n, 5n]]);
  expect([newest(log, 'k2'), newest(log, 'k3')]).toEqual([undefined, 3n]);
});

test('a key has its newest unreadable record until a later one can be read', () => {
  const log = newLog();
  add(log, 1n, 'a');
  add(log, 2n, 'a');
  add(log, 3n, 'b', 'BAD_KEY');
  expect([newest(log, 'a'), newest(log, 'b')]).toEqual([2n, undefined]);
  log.supersede(Buffer.from('a'));
  expect(newest(log, 'a')).toBeUndefined();
  expect(log.list().map(({ isNewest }) => isNewest)).toEqual([false, false, false]);
});

test('a log that continues with a snapshot is the same, within a lower limit', () => {
  const log = newLog();
  add(log, 1n, 'a');
  add(log, 2n, 'b');
  add(log, 3n, 'a');
  const stored = log.snapshot();
  expect(log.snapshot()).toBe(stored);
  const again = new PoisonLog({ entriesMax: 2, encodeKey: (key) => key });
  again.resume(stored);
  expect([again.count, again.list().length]).toEqual([3, 2]);
  expect([newest(again, 'a'), newest(again, 'b')]).toEqual([3n, 2n]);
  again.resume(undefined);
  expect([again.count, again.snapshot(), newest(again, 'a')]).toEqual([0, undefined, undefined]);
});
