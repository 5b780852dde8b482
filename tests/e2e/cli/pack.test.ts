import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { runCli } from '@quicksilver/cli/run-cli';
import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { runProgram } from '@quicksilver/processes/run-program';
import { CliBench } from '@quicksilver/testkit/cli-bench';
import { eventually } from '@quicksilver/testkit/eventually';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { browserPath } from '../clients/browser-path.ts';
import { DevRun, freeDevPort } from '../start/dev-run.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const INSTALL_MS = 600_000;
const RUN_MS = 120_000;
const SEEN_MS = 90_000;

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
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await runProgram({ command, args, cwd, timeoutMs, env });
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
  expect(await quick('delete', '-f', 'shop', '--yes', ...host)).toMatchObject({ exitCode: 0 });
});

test('the first hour in an empty home outside this repository: init, dev, edit, a page, produce, tail, stop', async () => {
  const home = join(dir, 'home');
  const project = join(dir, 'my-shop');
  await Promise.all([mkdir(home), mkdir(project)]);
  const { QUICK_PORT } = await freeDevPort();
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    // Kafka's JARs are here already.
    XDG_CACHE_HOME: dirname(defaultCacheDir(process.env)),
    QUICK_PORT,
  };
  const inProject = (...args: readonly string[]): Promise<Ended> =>
    run('npx', ['quick', ...args], project, RUN_MS, env);
  expect(await inProject('init')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('Next: npx quick dev'),
  });
  const schemaPath = /\$schema=(.*)/.exec(await readFile(join(project, 'quick.yaml'), 'utf8'))?.[1];
  await access(join(project, schemaPath ?? 'none'));

  const dataDir = join(project, '.quicksilver');
  const quickFile = join(dir, 'node_modules/@quicksilver/cli/bin/quick.mjs');
  await using dev = new DevRun({ dataDir, project, quickFile, env });
  await dev.untilReady();
  const schemaFile = join(project, 'schema.graphql');
  const schema = await readFile(schemaFile, 'utf8');
  await writeFile(schemaFile, schema.replace('price: Float', 'price: Float\n  maker: String'));
  await dev.untilPrinted('Applied after ');
  const value = '{"id":3,"name":"milk","maker":"cow"}';
  assertDone(await inProject('produce', 'products', '-k', '3', '--value', value));
  expect(
    (await inProject('tail', 'products', '--from', 'beginning', '--no-follow')).stdout,
  ).toContain('milk');
  await eventually(
    async () =>
      expect(await askFromPage(`http://127.0.0.1:${QUICK_PORT}/gateway/my-shop/graphql`)).toEqual({
        data: { product: { name: 'milk', maker: 'cow' } },
      }),
    SEEN_MS,
  );
  assertDone(await inProject('dev', 'stop'));
  await dev.exit;
  await dev.untilNothingIsLeft();
});

/** Sends a query from a web page of another origin in Chromium. */
async function askFromPage(url: string): Promise<unknown> {
  const server = createServer((_request, response) => response.end('<title>page</title>'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: browserPath(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: SEEN_MS,
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${port}/`);
    return await page.evaluate(async (address) => {
      const answer = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ product(id: 3) { name maker } }"}',
      });
      return (await answer.json()) as unknown;
    }, url);
  } finally {
    await browser.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}
