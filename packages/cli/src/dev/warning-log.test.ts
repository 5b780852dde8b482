import { expect, test } from 'vitest';

import { WarningLog } from './warning-log.ts';

test('a warning is printed once, and a changed one after a pause that doubles', () => {
  const log = new WarningLog();
  const at = (nowMs: number, ...warnings: string[]): string[] =>
    log.lines([{ resource: 'mirror/orders', warnings }], nowMs);
  expect(at(0)).toEqual([]);
  expect(at(1, 'Skipped 1 record.')).toEqual(['Warning: mirror/orders: Skipped 1 record.']);
  expect(at(60_000, 'Skipped 1 record.')).toEqual([]);
  expect(at(60_001, 'Skipped 2 records.')).toEqual(['Warning: mirror/orders: Skipped 2 records.']);
  expect(at(70_002, 'Skipped 3 records.')).toEqual([]);
  expect(at(80_001, 'Skipped 9 records.', 'Mixed.')).toEqual([
    'Warning: mirror/orders: Skipped 9 records.\nWarning: mirror/orders: Mixed.',
  ]);
  expect(at(90_000)).toEqual([]);
});

test('the pause of one resource does not delay the warning of another', () => {
  const log = new WarningLog();
  const warnings = ['Skipped 1 record.'];
  expect(log.lines([{ resource: 'mirror/a', warnings }], 0)).toHaveLength(1);
  expect(
    log.lines(
      [
        { resource: 'mirror/a', warnings: ['Skipped 2 records.'] },
        { resource: 'mirror/b', warnings },
      ],
      1,
    ),
  ).toEqual(['Warning: mirror/b: Skipped 1 record.']);
});
