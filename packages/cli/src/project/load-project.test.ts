import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readSourceFile } from './load-project.ts';

test('a project file that is not there is another mistake than one that cannot be read', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-project-'));
  const path = join(dir.path, 'quick.yaml');
  const read = (): Promise<unknown> => readSourceFile(path, dir.path);
  await expect(read()).rejects.toThrow(`Expected a project file at ${path}, found none.`);
  await mkdir(path);
  await expect(read()).rejects.toThrow(
    `Expected a project file at ${path}, which cannot be read (EISDIR).`,
  );
  await writeFile(join(path, 'quick.yaml'), 'version: 1\n');
  expect(await readSourceFile(join(path, 'quick.yaml'), dir.path)).toEqual({
    text: 'version: 1\n',
    file: join('quick.yaml', 'quick.yaml'),
    dir: path,
    path: join(path, 'quick.yaml'),
  });
});
