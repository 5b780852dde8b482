import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';

import { identityOfThisProcess } from '@quicksilver/processes/process-identity';
import { expect, test } from 'vitest';

import { DataDirectory } from './data-directory.ts';
import { LoadedTopics } from './loaded-topics.ts';

test('a topic is loaded once per topic id', async () => {
  const path = await mkdtemp(`${tmpdir()}/quick-loaded-`);
  const directory = new DataDirectory({
    path,
    project: path,
    self: await identityOfThisProcess(),
  });
  await directory.start();
  const loaded = new LoadedTopics(directory);
  expect(await loaded.has('flights', 'id1')).toBe(false);
  await loaded.add('flights', 'id1');
  await loaded.add('airports', 'id2');
  expect(await loaded.has('flights', 'id1')).toBe(true);
  expect(await loaded.has('flights', 'another')).toBe(false);
  await directory.write('loaded.json', 'garbage');
  expect(await loaded.has('flights', 'id1')).toBe(false);
  await directory.stop();
  await rm(path, { recursive: true });
});
