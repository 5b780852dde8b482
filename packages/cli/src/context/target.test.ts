import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import {
  identityOfThisProcess,
  type ProcessIdentity,
} from '@quicksilver/processes/process-identity';
import { expect, test } from 'vitest';

import { CallOptions } from '../grammar/command-call.ts';
import { findTarget, type Target } from './target.ts';

/** A directory with the run file of a `quick dev`, which is this process unless changed. */
async function runningProject(changed: Partial<ProcessIdentity> = {}) {
  const dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-target-'));
  const self = { ...(await identityOfThisProcess()), ...changed };
  await mkdir(join(dir.path, '.quicksilver'));
  await mkdir(join(dir.path, 'below'));
  const run = { project: dir.path, url: 'http://127.0.0.1:18080', kafka: '127.0.0.1:19092' };
  const places = { dataDir: dir.path, state: dir.path, runtimeDir: dir.path, self, processes: [] };
  const file = join(dir.path, '.quicksilver', 'dev.json');
  await writeFile(file, JSON.stringify({ ...run, ...places }));
  return { path: dir.path, [Symbol.asyncDispose]: () => dir.remove() };
}

async function targetIn(cwd: string, home: string, context?: string): Promise<Target> {
  const nowhere = { write: () => true };
  return await findTarget(
    new CallOptions(new Map(context === undefined ? [] : [['context', context]])),
    {
      env: {},
      cwd,
      home,
      nodePath: '',
      stdin: new PassThrough(),
      stdout: nowhere,
      stderr: nowhere,
      signal: new AbortController().signal,
    },
  );
}

const OF_DEV = {
  name: 'dev',
  managerUrl: 'http://127.0.0.1:18080/manager',
  ingestUrl: 'http://127.0.0.1:18080/ingest',
  brokers: ['127.0.0.1:19092'],
};

test('without a context the target is the quick dev of the project that contains the directory', async () => {
  await using dir = await runningProject();
  expect(await targetIn(dir.path, dir.path)).toMatchObject(OF_DEV);
  expect(await targetIn(join(dir.path, 'below'), dir.path)).toMatchObject(OF_DEV);
});

test('the quick dev of the directory wins over the active context, and a named context wins over it', async () => {
  await using dir = await runningProject();
  await mkdir(join(dir.path, '.config', 'quicksilver'), { recursive: true });
  await writeFile(
    join(dir.path, '.config', 'quicksilver', 'config.yaml'),
    'currentContext: prod\ncontexts:\n  prod: {host: "https://prod/manager"}\n',
  );
  expect(await targetIn(join(dir.path, 'below'), dir.path)).toMatchObject(OF_DEV);
  expect((await targetIn(dir.path, dir.path, 'prod')).managerUrl).toBe('https://prod/manager');
  expect((await targetIn(tmpdir(), dir.path)).managerUrl).toBe('https://prod/manager');
  expect(await targetIn(dir.path, dir.path, 'dev')).toMatchObject(OF_DEV);
});

test('a killed quick dev is no target', async () => {
  await using dir = await runningProject({ startedAt: '1' });
  await expect(targetIn(dir.path, dir.path)).rejects.toMatchObject({
    message: expect.stringMatching(/^Not initialized\./),
    hint: 'For a running quick dev, run this in the directory of its project: no context is required.',
  });
});
