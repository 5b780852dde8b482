import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readLogTail } from './log-tail.ts';

test('JSON lines are reduced to level, message and error', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quick-log-'));
  const file = join(dir, 'x.log');
  const entry = { level: 'error', time: 1, pid: 2, msg: 'no store', err: { message: 'locked' } };
  await writeFile(file, `first\nsecond\n\n${JSON.stringify(entry)}\nError: plain\n`);
  expect(await readLogTail(file, 3)).toBe('second\nerror no store: locked\nError: plain');
  expect(await readLogTail(join(dir, 'missing'), 3)).toBe('');
  await rm(dir, { recursive: true });
});
