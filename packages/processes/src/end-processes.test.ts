import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterEach, expect, test } from 'vitest';

import { endProcesses } from './end-processes.ts';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.ts';

/** For a process that ends at SIGTERM, however slowly. */
const PATIENT_MS = 20_000;
const DEAF = 'process.on("SIGTERM", () => {}); console.log(1); setInterval(() => {}, 1000)';
const OBEDIENT = 'console.log(1); setInterval(() => {}, 1000)';
const children: ChildProcess[] = [];

afterEach(() => {
  children.splice(0).forEach((child) => child.kill('SIGKILL'));
});

/** A process that has run its script. */
async function start(script: string) {
  const child = spawn(process.execPath, ['-e', script], { detached: true });
  children.push(child);
  await once(child.stdout, 'data');
  const identity = await identityOf(child.pid ?? 0);
  if (identity === undefined) {
    throw new Error('the process has ended');
  }
  return { identity, exit: once(child, 'exit') };
}

test.each([true, false])(
  'a process that obeys ends by SIGTERM, one that does not by SIGKILL (group: %s)',
  async (isGroup) => {
    const obedient = await start(OBEDIENT);
    await endProcesses([obedient.identity], { graceMs: PATIENT_MS, isGroup });
    expect(await obedient.exit).toEqual([null, 'SIGTERM']);
    const deaf = await start(DEAF);
    await endProcesses([deaf.identity], { graceMs: 50, isGroup });
    expect(await deaf.exit).toEqual([null, 'SIGKILL']);
    expect(await isRunning(deaf.identity)).toBe(false);
  },
);

test('a process with the same id and another identity gets no signal', async () => {
  const { identity } = await start(OBEDIENT);
  const strangers: readonly ProcessIdentity[] = [
    { ...identity, startedAt: '1' },
    { ...identity, bootId: 'of another day' },
  ];
  await endProcesses(strangers, { graceMs: 0, isGroup: true });
  expect(await isRunning(identity)).toBe(true);
});

test('an abort ends the wait, and the process gets no SIGKILL', async () => {
  const { identity } = await start(DEAF);
  const stop = new AbortController();
  const ended = endProcesses([identity], {
    graceMs: PATIENT_MS,
    isGroup: false,
    signal: stop.signal,
  });
  stop.abort(new Error('stopped by a person'));
  await expect(ended).rejects.toThrow('stopped by a person');
  expect(await isRunning(identity)).toBe(true);
});
