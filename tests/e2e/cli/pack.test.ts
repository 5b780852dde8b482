import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { runCli } from '@quicksilver/cli/run-cli';
import { runProgram } from '@quicksilver/processes/run-program';
import { CliBench } from '@quicksilver/testkit/cli-bench';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const INSTALL_MS = 600_000;
const RUN_MS = 120_000;

let dir: string;

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  timeoutMs = RUN_MS,
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await runProgram({ command, args, cwd, timeoutMs });
  return { exitCode, stdout: stdout.toString('utf8'), stderr };
}

/** Runs the installed package with the Node of this project. */
async function quick(...args: readonly string[]): Promise<Ended> {
  const bin = join(dir, 'node_modules/@quicksilver/cli/bin/quick.mjs');
  return await run(process.execPath, [bin, ...args], dir);
}

function assertDone({ exitCode, stdout, stderr }: Ended): void {
  if (exitCode !== 0) {
    throw new Error(`ended with ${exitCode}\n${stderr}${stdout}`);
  }
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quicksilver-pack-'));
  const pack = ['--filter', '@quicksilver/cli', 'pack', '--pack-destination', dir];
  const packed = await run('npx', ['--yes', 'pnpm@12.21.0', ...pack], ROOT, INSTALL_MS);
  assertDone(packed);
  const tarball = (await readdir(dir)).find((file) => file.endsWith('.tgz')) ?? '';
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', join(dir, tarball)];
  const installed = await run('npm', install, dir, INSTALL_MS);
  assertDone(installed);
}, 2 * INSTALL_MS);

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('the packed command can be installed in an empty folder, and can create and apply a project there', async () => {
  await using bench = await CliBench.start(runCli);
  expect(await quick('--help')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Usage: quick <command>'),
  });
  expect(await quick('init', 'shop')).toMatchObject({ exitCode: 0 });
  const host = ['-X', `host=${bench.url}`];
  expect(await quick('apply', '-f', 'shop', ...host)).toMatchObject({
    exitCode: 0,
    stdout: 'topic/products created\ngateway/shop created\n',
    stderr: `Deployment: ${bench.url}/manager\n`,
  });
  expect(await quick('diff', '-f', 'shop', ...host)).toMatchObject({ exitCode: 0, stdout: '' });
  expect((await quick('tail', 'products', '--key-type', 'int')).stderr).toContain('--key-type');
  expect((await quick('dev', 'shop')).stderr).toContain('in a clone of the repository');
  expect(await quick('delete', '-f', 'shop', '--yes', ...host)).toMatchObject({ exitCode: 0 });
});
