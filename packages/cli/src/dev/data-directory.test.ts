import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  identityOf,
  identityOfThisProcess,
  type ProcessIdentity,
} from '@quicksilver/processes/process-identity';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { DataDirectory, holderOf } from './data-directory.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'quick-data-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const open = async (self?: ProcessIdentity): Promise<DataDirectory> =>
  new DataDirectory({
    path: join(root, 'd'),
    project: root,
    self: self ?? (await identityOfThisProcess()),
  });

/** A process that stands for another run, and a function that ends it. */
async function otherRun(): Promise<{ self: ProcessIdentity; end: () => Promise<unknown> }> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await once(child.stdout, 'data');
  const self = await identityOf(child.pid ?? 0);
  if (self === undefined) {
    throw new Error('the other run has ended');
  }
  return {
    self,
    end: () => {
      child.kill('SIGKILL');
      return once(child, 'exit');
    },
  };
}

describe('the data directory', () => {
  test('only one run at a time uses it, and the error of a second one names the process', async () => {
    const other = await otherRun();
    await (await open(other.self)).start();
    await expect((await open()).start()).rejects.toThrow(
      `Another quick dev uses the data in ${join(root, 'd')} (process ${other.self.pid})`,
    );
    await other.end();
    await (await open()).start();
  });

  test('a run that ends leaves it unlocked and tidy', async () => {
    const first = await open();
    await first.start();
    await first.stop();
    expect(await readdir(join(root, 'd'))).toEqual(['log']);
    await (await open()).start();
  });

  test('a rejected run does not remove the lock of the other run', async () => {
    const other = await otherRun();
    await (await open(other.self)).start();
    const refused = await open();
    await expect(refused.start()).rejects.toThrow('Another quick dev');
    await refused.stop();
    expect(await readFile(join(root, 'd', 'in-use'), 'utf8')).toContain(`"pid":${other.self.pid},`);
    await other.end();
  });

  test('a lock that cannot be read counts as stale', async () => {
    await (await open()).start();
    await writeFile(join(root, 'd', 'in-use'), 'garbage');
    await (await open()).start();
    expect(await readFile(join(root, 'd', 'in-use'), 'utf8')).toContain(`"pid":${process.pid},`);
  });

  test.each([
    ['another process has its id now', { startedAt: '1', bootId: '' }],
    ['an earlier version wrote it', { commandLine: 'node main.ts dev' }],
  ])('a lock is stale if %s', async (_when, fields) => {
    const other = await otherRun();
    await mkdir(join(root, 'd'));
    const lock = JSON.stringify({ pid: other.self.pid, ...fields });
    await writeFile(join(root, 'd', 'in-use'), lock);
    expect(await holderOf(join(root, 'd'))).toBeUndefined();
    await (await open()).start();
    expect(await holderOf(join(root, 'd'))).toEqual(await identityOfThisProcess());
    await other.end();
  });

  test('an ephemeral run leaves nothing, and keeps the data of earlier runs', async () => {
    const path = join(root, 'd');
    const ephemeral = join(root, 'e');
    const run = async (): Promise<void> => {
      const directory = new DataDirectory({
        path,
        project: root,
        ephemeral,
        self: await identityOfThisProcess(),
      });
      await directory.start();
      await directory.write('x', 'one');
      expect(await readdir(root)).toEqual(['d', 'e']);
      await directory.stop();
    };
    await run();
    expect(await readdir(root)).toEqual([]);
    await mkdir(join(path, 'kafka'), { recursive: true });
    await run();
    expect(await readdir(path)).toEqual(['kafka']);
  });

  test('a path that is no directory is rejected with a remedy', async () => {
    await writeFile(join(root, 'd'), '');
    await expect((await open()).start()).rejects.toMatchObject({
      message: expect.stringContaining('cannot be used (E'),
      hint: expect.stringContaining('QUICK_DATA_DIR'),
    });
  });

  test('a file is replaced as a whole', async () => {
    const directory = await open();
    await directory.start();
    expect(await directory.read('x')).toBeUndefined();
    await directory.write('x', 'one');
    await directory.write('x', 'two');
    expect(await directory.read('x')).toBe('two');
  });
});
