import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readSourceFile } from './read-project.ts';

test('a missing project file and an unreadable one have different errors', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-project-'));
  const path = join(dir.path, 'quick.yaml');
  const read = (): Promise<unknown> => readSourceFile(path, dir.path);
  await expect(read()).rejects.toThrow(`There is no project file at ${path}.`);
  await mkdir(path);
  await expect(read()).rejects.toThrow(`The project file ${path} cannot be read (EISDIR).`);
  await writeFile(join(path, 'quick.yaml'), 'version: 1\n');
  expect(await readSourceFile(join(path, 'quick.yaml'), dir.path)).toEqual({
    text: 'version: 1\n',
    file: join('quick.yaml', 'quick.yaml'),
    dir: path,
    path: join(path, 'quick.yaml'),
  });
});
