import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  BAD_INPUT_PAGE,
  definedIds,
  type Proofs,
  rowsInTitles,
  RULES_PAGE,
  rulesInTitles,
  withProofs,
} from './docs/proofs.ts';
import { ROOT } from './text-files.ts';

const HOW = 'write it again with: node_modules/.bin/node tests/repo/docs/main.ts';

const PAGES: readonly (readonly [string, Proofs])[] = [
  [RULES_PAGE, rulesInTitles()],
  [BAD_INPUT_PAGE, await rowsInTitles()],
];

test.each(PAGES)('%s defines every id that a title names, and each has a test', (path, proofs) => {
  const ids = definedIds(readFileSync(join(ROOT, path), 'utf8'));
  expect(ids.toSorted()).toEqual([...proofs.keys()].toSorted());
  expect(ids.length).toBeGreaterThan(50);
});

test.each(PAGES)('%s lists the tests of each id', (path, proofs) => {
  expect(readFileSync(join(ROOT, path), 'utf8'), HOW).toBe(withProofs(path, proofs));
});

test('an id is defined once', () => {
  const ids = PAGES.flatMap(([path]) => definedIds(readFileSync(join(ROOT, path), 'utf8')));
  expect(ids.length).toBe(new Set(ids).size);
});
