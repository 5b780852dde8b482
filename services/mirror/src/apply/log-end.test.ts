import { expect, onTestFinished, test, vi } from 'vitest';

import { LogEnd } from './log-end.ts';

function clock(): (atMs: number) => void {
  const now = vi.spyOn(performance, 'now');
  onTestFinished(() => now.mockRestore());
  return (atMs) => now.mockReturnValue(atMs);
}

test('data is as of the last moment whose whole log is applied, also if the log always grows', () => {
  const at = clock();
  const end = new LogEnd();
  at(100);
  end.begin(10n);
  end.note(10n, 0n);
  expect([end.offset, end.reachedMs]).toEqual([10n, undefined]);
  at(200);
  end.note(20n, 5n);
  at(300);
  end.note(30n, 9n);
  end.reach(10n);
  expect(end.reachedMs).toBe(100);
  end.reach(25n);
  expect(end.reachedMs).toBe(100);
  end.reach(30n);
  expect(end.reachedMs).toBe(300);
  at(400);
  end.note(30n, 30n);
  expect(end.reachedMs).toBe(400);
});

test('records that an open transaction holds count, and make the data older', () => {
  const at = clock();
  const end = new LogEnd();
  at(100);
  end.begin(10n);
  end.note(10n, 10n);
  at(200);
  end.note(13n, 10n);
  at(900);
  end.note(13n, 10n);
  expect([end.offset, end.stableOffset, end.reachedMs]).toEqual([13n, 10n, 100]);
  at(1_000);
  end.noteStable(14n);
  end.note(14n, 10n);
  end.reach(14n);
  expect([end.offset, end.stableOffset, end.reachedMs]).toEqual([14n, 14n, 1_000]);
});
