import { existsSync } from 'node:fs';

import { expect, test } from 'vitest';

import { bundleName, programFile } from './program-file.ts';

test('in the repository a program runs from its source', () => {
  expect(existsSync(programFile('services/ingest/src/main.ts'))).toBe(true);
});

test('the bundle of a program has the name of its source', () => {
  expect(bundleName('services/ingest/src/main.ts')).toBe('services-ingest-src-main');
});
