import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { commandLineOf, type KnownProcess } from '../context/known-process.ts';
import { DataDirectory, holderOf } from './data-directory.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'quick-data-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const self = async (pid = process.pid): Promise<KnownProcess> => ({
  pid,
  commandLine: (await commandLineOf(pid)) ?? '',
});

const open = async (pid = process.pid): Promise<DataDirectory> =>
  new DataDirectory({ path: join(root, 'd'), self: await self(pid) });

/** A process that looks like a run, and its end. */
async function otherRun(): Promise<{ pid: number; end: () => Promise<unknown> }> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await once(child.stdout, 'data');
  return {
    pid: child.pid ?? 0,
    end: () => {
      child.kill('SIGKILL');
      return once(child, 'exit');
    },
  };
}

describe('the data directory', () => {
  test('one run at a time uses it, and the second is told which one does', async () => {
    const other = await otherRun();
    await (await open(other.pid)).start();
    await expect((await open()).start()).rejects.toThrow(
      `runs already with the data in ${join(root, 'd')} (process ${other.pid})`,
    );
    await other.end();
    await (await open()).start();
  });

  test('a run that ended leaves it free and tidy', async () => {
    const first = await open();
    await first.start();
    await first.stop();
    expect(await readdir(join(root, 'd'))).toEqual(['log']);
    await (await open()).start();
  });

  test('a refused run does not take the mark of the one that holds it', async () => {
    const other = await otherRun();
    await (await open(other.pid)).start();
    const refused = await open();
    await expect(refused.start()).rejects.toThrow('runs already');
    await refused.stop();
    expect(await readFile(join(root, 'd', 'in-use'), 'utf8')).toContain(`"pid":${other.pid},`);
    await other.end();
  });

  test('a mark that cannot be read is taken for one that was left behind', async () => {
    await (await open()).start();
    await writeFile(join(root, 'd', 'in-use'), 'garbage');
    await (await open()).start();
    expect(await readFile(join(root, 'd', 'in-use'), 'utf8')).toContain(`"pid":${process.pid},`);
  });

  test('a mark of a process whose id another program has now is one that was left behind', async () => {
    const gone = { pid: process.pid, commandLine: 'another program' };
    await new DataDirectory({ path: join(root, 'd'), self: gone }).start();
    expect(await holderOf(join(root, 'd'))).toBeUndefined();
    await (await open()).start();
    expect(await holderOf(join(root, 'd'))).toEqual(await self());
  });

  test('of an ephemeral run nothing stays, and what was there before does', async () => {
    const path = join(root, 'd');
    const ephemeral = join(root, 'e');
    const run = async (): Promise<void> => {
      const directory = new DataDirectory({ path, ephemeral, self: await self() });
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

  test('a path that is no directory is refused with what to do', async () => {
    await writeFile(join(root, 'd'), '');
    await expect((await open()).start()).rejects.toMatchObject({
      message: expect.stringContaining('cannot be used (E'),
      whatToDo: expect.stringContaining('QUICK_DATA_DIR'),
    });
  });

  test('what is written is there as a whole', async () => {
    const directory = await open();
    await directory.start();
    expect(await directory.read('x')).toBeUndefined();
    await directory.write('x', 'one');
    await directory.write('x', 'two');
    expect(await directory.read('x')).toBe('two');
  });
});
