import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { DataDirectory } from './data-directory.ts';

let root = '';
const MARK = 'this-is-a-run';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'quick-data-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const open = (pid = process.pid) => new DataDirectory({ path: join(root, 'd'), pid, mark: MARK });

/** A process that looks like a run, and its end. */
async function otherRun(): Promise<{ pid: number; end: () => Promise<unknown> }> {
  const child = spawn(process.execPath, [
    '-e',
    'console.log(1); setInterval(() => {}, 1000)',
    MARK,
  ]);
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
    await open(other.pid).start();
    await expect(open().start()).rejects.toThrow(
      `runs already with the data in ${join(root, 'd')} (process ${other.pid})`,
    );
    await other.end();
    await open().start();
  });

  test('a run that ended leaves it free and tidy', async () => {
    const first = open();
    await first.start();
    await first.stop();
    expect(await readdir(join(root, 'd'))).toEqual(['log']);
    await open().start();
  });

  test('a refused run does not take the mark of the one that holds it', async () => {
    const other = await otherRun();
    await open(other.pid).start();
    const refused = open();
    await expect(refused.start()).rejects.toThrow('runs already');
    await refused.stop();
    expect(await readFile(join(root, 'd', 'in-use'), 'utf8')).toBe(`${other.pid}\n`);
    await other.end();
  });

  test('a mark that cannot be read is taken for one that was left behind', async () => {
    await open().start();
    await writeFile(join(root, 'd', 'in-use'), 'garbage');
    await open().start();
    expect(await readFile(join(root, 'd', 'in-use'), 'utf8')).toBe(`${process.pid}\n`);
  });

  test('a path that is no directory is refused with what to do', async () => {
    await writeFile(join(root, 'd'), '');
    await expect(open().start()).rejects.toMatchObject({
      message: expect.stringContaining('cannot be used (E'),
      whatToDo: expect.stringContaining('QUICK_DATA_DIR'),
    });
  });

  test('what is written is there as a whole', async () => {
    const directory = open();
    await directory.start();
    expect(await directory.read('x')).toBeUndefined();
    await directory.write('x', 'one');
    await directory.write('x', 'two');
    expect(await directory.read('x')).toBe('two');
  });
});
