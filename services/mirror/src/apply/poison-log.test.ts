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
  log.supersede(Buffer.from('a'), false);
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

test('a range lacks unreadable records until their key is removed', () => {
  const log = newLog();
  add(log, 1n, 'a');
  log.supersede(Buffer.from('a'), false);
  add(log, 3n, 'a');
  add(log, 4n, 'b');
  expect(log.lackingInRange(Buffer.from('a'))).toEqual([1n, 3n]);
  add(log, 5n, 'b');
  const again = newLog();
  again.resume(log.snapshot());
  expect([again.lackingInRange(Buffer.from('a')), again.lackingInRange(undefined)]).toEqual([
    [3n],
    [3n, 4n, 5n],
  ]);
  again.supersede(Buffer.from('a'), true);
  expect(again.lackingInRange(Buffer.from('a'))).toEqual([]);
  expect(again.list().map(({ isInRange }) => isInRange)).toEqual([false, true, true]);
});

test('a key of which only the beginning is listed is known, also in a log that continues', () => {
  const log = newLog();
  const key = 'k'.repeat(2_000);
  add(log, 1n, key);
  const again = newLog();
  again.resume(log.snapshot());
  expect([newest(again, key), newest(again, 'k'.repeat(1_999))]).toEqual([1n, undefined]);
  again.supersede(Buffer.from(key), false);
  expect(newest(again, key)).toBeUndefined();
});

test('the newest records between two keys are those that a part of a list lacks', () => {
  const log = newLog();
  add(log, 1n, 'a');
  add(log, 2n, 'c');
  add(log, 3n, 'e');
  const between = (after?: string, through?: string) =>
    log
      .newestBetween(
        after === undefined ? undefined : Buffer.from(after),
        through === undefined ? undefined : Buffer.from(through),
      )
      .map(({ offset }) => offset);
  expect(between()).toEqual([1n, 2n, 3n]);
  expect(between('a', 'c')).toEqual([2n]);
  expect(between('c')).toEqual([3n]);
});
