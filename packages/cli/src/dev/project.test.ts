import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { openProject } from './project.ts';

const EXAMPLES = fileURLToPath(new URL('../../../../examples', import.meta.url));

test('the flights example is a project', async () => {
  const project = await openProject(join(EXAMPLES, 'flights'));
  expect(project.name).toBe('flights');
  expect(project.topics.map(({ name }) => name)).toEqual(['airports', 'flights']);
  expect(project.live?.topic).toBe('flights');
  expect(project.query).toContain('flight(id: 1)');
});

test('a directory that is no project is refused, with what one has', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quick-project-'));
  const refusal = {
    whatToDo: expect.stringContaining('schema.graphql, load.ts and query.graphql'),
  };
  await expect(openProject(dir)).rejects.toMatchObject({
    ...refusal,
    message: expect.stringContaining('schema.graphql cannot be read'),
  });
  await writeFile(join(dir, 'schema.graphql'), 'type Query { a: Int }');
  await writeFile(join(dir, 'query.graphql'), '{ a }');
  await writeFile(join(dir, 'load.ts'), 'export const topics = [{ name: 1 }];');
  await expect(openProject(dir)).rejects.toMatchObject({
    ...refusal,
    message: expect.stringContaining('topics[0].name'),
  });
  await rm(dir, { recursive: true });
});
