import { mkdir, mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { findRun, lastDataDirectoryOf, removeRunFile, RunFile } from './dev-run.ts';
import { processWithId } from './known-process.ts';

test('the commands in the directory of a project find a run with another data directory', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'quicksilver-dev-run-'));
  const [project, dataDir] = [join(root.path, 'project'), join(root.path, 'data')];
  await mkdir(project);
  const self = (await processWithId(process.pid)) ?? { pid: 1, commandLine: '' };
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
