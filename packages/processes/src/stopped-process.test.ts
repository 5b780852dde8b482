import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { untilStopped } from './stopped-process.ts';

test('a process that a signal has stopped is noticed, and a running one is not', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await once(child.stdout, 'data');
  try {
    expect(await untilStopped(child.pid ?? 0, AbortSignal.timeout(1_000))).toBe(false);
    const never = new AbortController();
    const noticed = untilStopped(child.pid ?? 0, never.signal);
    child.kill('SIGSTOP');
    expect(await noticed).toBe(true);
  } finally {
    child.kill('SIGKILL');
  }
});
