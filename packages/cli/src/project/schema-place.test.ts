import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { installedSchema } from './schema-place.ts';

test('the JSON Schema of the nearest installed package is named by a relative path', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'schema-place-'));
  const project = join(dir.path, 'projects/shop');
  const installed = join(dir.path, 'node_modules/@quicksilver/cli');
  await mkdir(project, { recursive: true });
  expect(installedSchema(project)).toBeUndefined();
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, 'quick.schema.json'), '{}');
  const file = 'node_modules/@quicksilver/cli/quick.schema.json';
  expect(installedSchema(dir.path)).toBe(`./${file}`);
  expect(installedSchema(project)).toBe(`../../${file}`);
});
