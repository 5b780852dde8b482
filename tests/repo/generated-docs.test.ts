import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { generatedPages } from './docs/pages.ts';
import { ROOT } from './text-files.ts';

const HOW = 'write it again with: node_modules/.bin/node tests/repo/docs/main.ts';

test.each(Object.entries(await generatedPages()))('%s says what the source says', (file, text) => {
  expect(readFileSync(join(ROOT, file), 'utf8'), HOW).toBe(text);
});
