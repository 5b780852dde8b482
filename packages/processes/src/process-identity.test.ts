import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { filterRunning, identityOf, identityOfThisProcess, isRunning } from './process-identity.ts';

test('a process runs until it ends, and only under its own start time and boot', async () => {
  const self = await identityOfThisProcess();
  expect(self.pid).toBe(process.pid);
  expect(await isRunning(self)).toBe(true);
  expect(await isRunning({ ...self, startedAt: '1' })).toBe(false);
  expect(await isRunning({ ...self, startedAt: '' })).toBe(false);
  expect(await isRunning({ ...self, bootId: 'of another day' })).toBe(false);

  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await once(child.stdout, 'data');
  const identity = await identityOf(child.pid ?? 0);
  expect(await filterRunning([self, { ...self, pid: child.pid ?? 0 }])).toEqual([self]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(identity).toMatchObject({ pid: child.pid, bootId: self.bootId });
  expect(identity !== undefined && (await isRunning(identity))).toBe(false);
  expect(await identityOf(child.pid ?? 0)).toBeUndefined();
});

test('the identity outlives the replacement of the program by exec', async () => {
  const script = 'echo 1; read _; exec "$0" -e "console.log(2); setInterval(() => {}, 1000)"';
  const child = spawn('sh', ['-c', script, process.execPath]);
  await once(child.stdout, 'data');
  const before = await identityOf(child.pid ?? 0);
  child.stdin.end('\n');
  await once(child.stdout, 'data');
  expect(before).toBeDefined();
  expect(await identityOf(child.pid ?? 0)).toEqual(before);
  child.kill('SIGKILL');
  await once(child, 'exit');
});
