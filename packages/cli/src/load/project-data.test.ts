import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';

import { expect, test } from 'vitest';

import { readProject } from '../project/read-project.ts';
import { openProjectData, type ProjectData } from './project-data.ts';

async function dataOf(dir: string): Promise<ProjectData> {
  const around = { env: {}, cwd: dir, home: dir, nodePath: '', stdin: new PassThrough() };
  const nowhere = { write: () => true };
  const { signal } = new AbortController();
  const loaded = await readProject(dir, undefined, {
    ...around,
    stdout: nowhere,
    stderr: nowhere,
    signal,
  });
  return await openProjectData(loaded);
}

/** A project with one topic, and more text for its file. */
async function projectWith(topic: string, dev: string, files: Readonly<Record<string, string>>) {
  const dir = await mkdtempDisposable(join(tmpdir(), 'quick-project-'));
  const yaml = `version: 1\nname: shop\ntopics:\n  products: {key: long, value: json${topic}}\n${dev}`;
  for (const [name, text] of Object.entries({ 'quick.yaml': yaml, ...files })) {
    await writeFile(join(dir.path, name), text);
  }
  return { path: dir.path, [Symbol.asyncDispose]: () => dir.remove() };
}

test('the flights example has two topics, a live stream and a query', async () => {
  const data = await dataOf(resolve(import.meta.dirname, '../../../../examples/flights'));
  expect(data.topics.map(({ name }) => name)).toEqual(['airports', 'flights']);
  expect(data.live?.topic).toBe('flights');
  expect(data.query).toContain('flight(id: 1)');
});

test('a file of records is read line by line and keeps all digits', async () => {
  const lines = '{"key":9007199254740993,"value":{"price":1.10}}\n\n{"key":2}\n';
  await using dir = await projectWith(', data: p.ndjson', '', { 'p.ndjson': lines });
  const [products] = (await dataOf(dir.path)).topics;
  const records = await Array.fromAsync(products?.records() ?? []);
  expect(JSON.stringify(records)).toBe(
    '[{"key":9007199254740993,"value":{"price":1.10}},{"key":2,"value":null}]',
  );
});

test('a line that is no record is reported with its number', async () => {
  await using dir = await projectWith(', data: p.ndjson', '', { 'p.ndjson': '{"key":1}\n[2]\n' });
  const [products] = (await dataOf(dir.path)).topics;
  await expect(Array.fromAsync(products?.records() ?? [])).rejects.toThrow(
    'p.ndjson:2: expected a record as {"key":…,"value":…}, found [2]',
  );
});

test.each([
  ['dev: {load: load.ts}', { 'load.ts': 'export const topics = [{ name: 1 }];' }, 'topics[0].name'],
  ['dev: {load: load.ts}', { 'load.ts': 'export const = 1;' }, 'cannot be loaded'],
  ['dev: {query: q.graphql}', {}, 'q.graphql cannot be read'],
  [
    'dev: {load: load.ts}',
    { 'load.ts': 'export const topics = [{ name: "prices", records: async function* () {} }];' },
    'records for topic prices, which the project does not have',
  ],
])('%s with an invalid file is rejected', async (dev, files, says) => {
  await using dir = await projectWith('', `${dev}\n`, files);
  await expect(dataOf(dir.path)).rejects.toThrow(says);
});
