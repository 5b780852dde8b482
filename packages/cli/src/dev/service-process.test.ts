import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePorts } from '@quicksilver/local-kafka/free-port';
import { identityOfThisProcess } from '@quicksilver/processes/process-identity';
import { eventually } from '@quicksilver/testkit/eventually';
import { expect, test } from 'vitest';

import { DataDirectory } from './data-directory.ts';
import { ServiceProcess } from './service-process.ts';

const SMALL_SERVICE = fileURLToPath(
  import.meta.resolve('@quicksilver/testkit/runtime/small-service'),
);

/** A supervised small service, with everything that it reports. */
async function startSmall(env: Readonly<Record<string, string>> = {}) {
  const root = await mkdtempDisposable(join(tmpdir(), 'quicksilver-service-'));
  const self = await identityOfThisProcess();
  const dataDirectory = new DataDirectory({ path: root.path, project: root.path, self });
  await dataDirectory.start();
  const [port, ops] = await freePorts(2);
  const pids: number[] = [];
  const texts: string[] = [];
  const failures: unknown[] = [];
  const service = new ServiceProcess({
    name: 'ingest',
    mainFile: SMALL_SERVICE,
    nodePath: process.execPath,
    env: () => ({
      ...env,
      PATH: process.env['PATH'] ?? '',
      QUICK_DATA_DIR: root.path,
      QUICK_PORT: String(port),
      QUICK_OPS_PORT: String(ops),
    }),
    readyUrl: `http://127.0.0.1:${ops}/readyz`,
    dataDirectory,
    onSpawn: (pid) => {
      pids.push(pid);
      return Promise.resolve();
    },
    onRestart: (text) => texts.push(text),
  });
  await service.start({
    signal: new AbortController().signal,
    fail: (error) => failures.push(error),
  });
  return {
    pids,
    texts,
    failures,
    starts: async () => (await readFile(join(root.path, 'starts'), 'utf8')).length,
    isServing: async () => expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200),
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      await root.remove();
    },
  };
}

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'a service that gets %s is restarted at the same address',
  async (signal) => {
    await using small = await startSmall();
    process.kill(small.pids[0] ?? 0, signal);
    await eventually(async () => expect(await small.starts()).toBe(2), 20_000);
    await eventually(small.isServing, 20_000);
    expect(small.texts).toEqual(['The ingest exited unexpectedly (SIGKILL) and is restarted.']);
    expect(small.failures).toEqual([]);
  },
);

test('a service that cannot start fails the run with its last lines', async () => {
  await using small = await startSmall({ SMALL_FAILS: '1' });
  await eventually(() => {
    expect(small.failures).toMatchObject([
      {
        message: 'The ingest exited unexpectedly (exit code 3), so quick dev stops everything.',
        log: expect.stringContaining('something is missing here'),
      },
    ]);
  }, 20_000);
  expect(await small.starts()).toBe(1);
});
