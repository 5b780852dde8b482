import { execFileSync } from 'node:child_process';
import { open, statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { DevRun, freeDevPort, temporaryDirectory } from './dev-run.ts';

const MB = 1_048_576;

/** A file system of this size. It requires the right to mount. */
async function smallDisk(megabytes: number): Promise<AsyncDisposable & { readonly path: string }> {
  const dir = await temporaryDirectory();
  try {
    execFileSync(
      'mount',
      ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'quicksilver-test', dir.path],
      {
        stdio: 'pipe',
      },
    );
  } catch (error) {
    throw new Error(
      'This test fills a disk and mounts a small one for that, which needs root. Run the tests as root, for example in a container.',
      { cause: error },
    );
  }
  return {
    path: dir.path,
    async [Symbol.asyncDispose](): Promise<void> {
      execFileSync('umount', ['--lazy', dir.path]);
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Fills the disk, even if another process frees space meanwhile. */
async function fill(path: string): Promise<void> {
  await using ballast = await open(join(path, 'ballast'), 'w');
  do {
    for (let bytes = MB; bytes >= 1; bytes = Math.floor(bytes / 4)) {
      const block = Buffer.alloc(bytes, 1);
      while (
        await ballast.write(block).then(
          () => true,
          () => false,
        )
      ) {
        // Continue until no block of this size fits.
      }
    }
  } while ((await statfs(path)).bavail >= 2);
}

test('a disk without enough space is rejected before anything starts', async () => {
  await using disk = await smallDisk(100);
  await using run = new DevRun({ dataDir: join(disk.path, 'data'), env: await freeDevPort() });
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toMatch(
    /quick dev: The disk of \S+ is full: 300 MB are required, \d+ MB are free\. Free some space there/,
  );
});

test('a disk that fills up during a run stops the run with an error that names the disk', async () => {
  await using disk = await smallDisk(600);
  await using run = new DevRun({ dataDir: join(disk.path, 'data'), env: await freeDevPort() });
  await run.untilReady();
  await fill(disk.path);
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toMatch(/quick dev: The disk of \S+ is full: .*Free some space there/);
  await run.untilNothingIsLeft();
});
