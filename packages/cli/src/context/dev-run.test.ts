import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { identityOfThisProcess } from '@quicksilver/processes/process-identity';
import { expect, test } from 'vitest';

import {
  findRun,
  lastDataDirectoryOf,
  readRunFile,
  removeRunFile,
  RUN_FILE,
  RunFile,
} from './dev-run.ts';

test('the commands in the directory of a project find a run with another data directory', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'quicksilver-dev-run-'));
  const [project, dataDir] = [join(root.path, 'project'), join(root.path, 'data')];
  await mkdir(project);
  const self = await identityOfThisProcess();
  const places = { project, dataDir, state: dataDir, runtimeDir: dataDir };
  const file = new RunFile({ ...places, url: 'http://u', kafka: '', self, processes: [] });
  await file.set({ kafka: 'k:1' });
  expect(await findRun(project, {})).toMatchObject({ dataDir, kafka: 'k:1' });
  expect(await lastDataDirectoryOf(project, {})).toBe(dataDir);
  await removeRunFile({ project, dataDir: 'of another run' });
  expect(await lastDataDirectoryOf(project, {})).toBe(dataDir);
  await removeRunFile(places);
  expect(await findRun(project, {})).toBeUndefined();
  expect(await readdir(project)).toEqual([]);
});

test('the file of an earlier version is read, and its run does not count as running', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'quicksilver-dev-run-'));
  const places = { project: root.path, dataDir: root.path, state: root.path, runtimeDir: 'run' };
  const self = { pid: process.pid, commandLine: process.argv.join(' ') };
  const run = { ...places, url: 'http://u', kafka: 'k:1', self };
  const processes = [{ ...self, name: 'edge' }];
  await writeFile(join(root.path, RUN_FILE), JSON.stringify({ ...run, processes }));
  expect(await readRunFile(root.path)).toMatchObject({ ...places, processes: [{ name: 'edge' }] });
  expect(await findRun(root.path, { QUICK_DATA_DIR: root.path })).toBeUndefined();
});
