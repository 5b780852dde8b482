import { mkdir, mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '@quicksilver/testkit/eventually';
import { expect, test } from 'vitest';

import { Display } from '../output/display.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { readProject, type ProjectSources } from '../project/read-project.ts';
import { ProjectWatch } from './project-watch.ts';

const PROJECT = 'version: 1\nname: a\ngateways: {a: {schema: a.graphql, documents: documents}}\n';

test('trusted documents that are added, changed or removed are deployed without a restart', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-watch-'));
  await mkdir(join(dir.path, 'documents'));
  await writeFile(join(dir.path, 'quick.yaml'), PROJECT);
  await writeFile(join(dir.path, 'a.graphql'), 'type Query { a: [Int] @topic(name: "a") }\n');
  const around = { env: {}, cwd: dir.path } as Surroundings;
  const load = (): Promise<ProjectSources> => readProject('.', undefined, around);
  const deployed: unknown[] = [];
  const watch = new ProjectWatch({
    first: await load(),
    load,
    deploy: (loaded) => {
      deployed.push(loaded.documents.get('a')?.texts);
      return Promise.resolve([]);
    },
    display: new Display({ screen: { write: () => true }, env: {}, now: () => 0 }),
    paint: (_style, text) => text,
  });
  await watch.start();
  const until = (texts: object): Promise<void> =>
    eventually(() => expect(deployed.at(-1)).toEqual(texts), 30_000);
  const file = join(dir.path, 'documents', 'one.graphql');
  await writeFile(file, '{ a }');
  await until({ 'one.graphql': '{ a }' });
  await writeFile(file, 'query One { a }');
  await until({ 'one.graphql': 'query One { a }' });
  await rm(file);
  await until({});
  await watch.stop();
}, 100_000);

test('a topic that leaves the project stays in Kafka, and the run says so', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-watch-'));
  const project = (topic: string): string =>
    `version: 1\nname: a\ntopics: {${topic}: {key: int, value: json}}\n`;
  const file = join(dir.path, 'quick.yaml');
  await writeFile(file, project('old'));
  const around = { env: {}, cwd: dir.path } as Surroundings;
  const load = (): Promise<ProjectSources> => readProject('.', undefined, around);
  let shown = '';
  const screen = {
    write: (text: string) => {
      shown += text;
      return true;
    },
  };
  const watch = new ProjectWatch({
    first: await load(),
    load,
    deploy: () => Promise.resolve([]),
    display: new Display({ screen, env: {}, now: () => 0 }),
    paint: (_style, text) => text,
  });
  await watch.start();
  await writeFile(file, project('renamed'));
  await eventually(
    () => expect(shown).toContain('Topic old is not in the project. It stays in Kafka'),
    30_000,
  );
  expect(shown).toContain('run: quick delete topic old');
  await watch.stop();
}, 100_000);
