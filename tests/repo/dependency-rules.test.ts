import { afterAll, beforeAll, expect, test } from 'vitest';

import { LintTree, type Outcome } from './lint-tree.ts';
import { RIGHT_IMPORTS, WRONG_HABITS, WRONG_IMPORTS } from './wrong-imports.ts';

interface Diagnostic {
  readonly message: string;
  readonly severity: string;
  readonly filename: string;
  readonly code?: string;
}

const CASES = [...WRONG_IMPORTS, ...WRONG_HABITS];

let tree: LintTree;
let outcome: Outcome;
let diagnostics: readonly Diagnostic[];

beforeAll(async () => {
  const wrong = Object.fromEntries(CASES.map(({ file, code }) => [file, code]));
  tree = await LintTree.create({ ...RIGHT_IMPORTS, ...wrong });
  outcome = await tree.run('oxlint', ['--format', 'json', '.']);
  diagnostics = JSON.parse(outcome.output).diagnostics;
}, 300_000);

afterAll(async () => {
  await tree[Symbol.asyncDispose]();
});

test.each(CASES)('lint refuses: $rule', ({ file, says }) => {
  const problems = diagnostics.filter(({ filename }) => filename === file);
  const ours = problems.filter(({ code }) => code?.startsWith('quicksilver') === true);
  expect(ours.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
  expect(ours.map(({ severity }) => severity)).toEqual(['error']);
  expect(outcome.exitCode).toBe(1);
});

test.each(Object.keys(RIGHT_IMPORTS))('lint lets the right imports of %s pass', (file) => {
  const problems = diagnostics.filter(({ filename }) => filename === file);
  expect(problems.filter(({ code }) => code?.startsWith('quicksilver') === true)).toEqual([]);
});

test('one wrong import makes the lint step of `npm run check` red, and without it green', async () => {
  const file = 'services/mirror/src/apply/next-offset.ts';
  const fine = 'export const nextOffset = (offset: bigint): bigint => offset + 1n;\n';
  const bad = `import type { ServerOptions } from '@quicksilver/gateway/config';\n${fine}export type Options = ServerOptions;\n`;
  await using green = await LintTree.create({ [file]: fine });
  expect(await green.run('node', ['scripts/check.ts', 'lint'])).toEqual({
    exitCode: 0,
    output: expect.stringContaining('✓ lint'),
  });
  await using red = await LintTree.create({ [file]: bad });
  const result = await red.run('node', ['scripts/check.ts', 'lint']);
  expect(result.exitCode).toBe(1);
  expect(result.output).toContain('services meet only in packages/contracts');
  expect(result.output).toContain('check failed: lint');
}, 300_000);
