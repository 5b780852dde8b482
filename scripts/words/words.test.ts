import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { type Budgets, lowered, overruns } from './budgets.ts';
import { longSubjects } from './commit-subjects.ts';
import { NO_COUNTS } from './measures.ts';
import { isProse, sentencesOf, sentencesOfPage } from './prose.ts';
import { sourceTexts } from './source-texts.ts';
import { areaOf } from './tree-words.ts';
import { runWords } from './words-command.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

const BUDGETS: Budgets = {
  limits: {
    where: { rate: 10, atLeast: 0 },
    anew: { rate: 0, atLeast: 0 },
    told: { rate: 0, atLeast: 0 },
    nobody: { rate: 0, atLeast: 0 },
    longSentences: { rate: 0, atLeast: 0 },
    wideComments: { rate: 0, atLeast: 0 },
  },
  commitsSince: '2020-01-01T00:00:00Z',
  interim: {},
};

/** A repository of one file. */
function repositoryOf(comment: string): string {
  const root = mkdtempSync(join(tmpdir(), 'words-'));
  onTestFinished(() => {
    rmSync(root, { recursive: true });
  });
  const files = {
    'packages/shop/src/price.ts': `${comment}\nexport const PRICE = 3;\n`,
    'scripts/words/budgets.json': JSON.stringify(BUDGETS),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function commit(root: string, subject: string): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  const args = ['commit', '--quiet', '--allow-empty', `--message=${subject}`];
  for (const one of [
    ['init', '--quiet'],
    [...identity, ...args],
  ]) {
    expect(spawnSync('git', one, { cwd: root, encoding: 'utf8' }).stderr).toBe('');
  }
}

test('a plain comment and a short subject pass', () => {
  const root = repositoryOf('// Undefined if there is no price.');
  commit(root, 'feat: add a price');
  expect(runWords(['--root', root])).toEqual({ isOk: true, output: '' });
});

test.each([
  { measure: 'where', comment: ['// Undefined', 'where', 'there is no price.'].join(' ') },
  { measure: 'anew', comment: ['// The price is computed', 'anew.'].join(' ') },
  { measure: 'told', comment: ['// The client is', 'told', 'the price.'].join(' ') },
  { measure: 'nobody', comment: ['/** A price that', 'nobody', 'pays. */'].join(' ') },
  { measure: 'longSentences', comment: `// A price${' and a price'.repeat(15)}.` },
  { measure: 'wideComments', comment: `// ${'price '.repeat(20)}` },
])('a stilted comment ($measure) fails with its file and line', ({ measure, comment }) => {
  const { isOk, output } = runWords(['--root', repositoryOf(comment)]);
  expect(isOk).toBe(false);
  expect(output).toContain(`packages/shop/src/price.ts:1: ${measure}: `);
});

test('a stilted comment ends the step with an exit code', () => {
  const root = repositoryOf(['// A price', 'where', 'there is one.'].join(' '));
  const args = [MAIN, '--root', root];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stdout).toContain('the budget is 0');
});

test('a long subject of a commit fails, with the commit', () => {
  const root = repositoryOf('// A price.');
  const subject = `feat: add ${'price '.repeat(12)}`.trim();
  commit(root, subject);
  expect(runWords(['--root', root])).toMatchObject({
    isOk: false,
    output: expect.stringContaining(
      `has ${subject.length} characters; the limit is 72: ${subject}`,
    ),
  });
});

test('a commit from before the recorded time is exempt', () => {
  const old = { id: 'abc', committedAtMs: Date.parse('2026-01-01'), subject: 'x'.repeat(73) };
  expect(longSubjects([old], '2026-01-01T00:00:00Z')).toEqual([old]);
  expect(longSubjects([old], '2026-01-01T00:00:01Z')).toEqual([]);
});

test('comments and strings are found, and code between them is not', () => {
  const source = [
    'const pattern = /[\'"`]/g; // one comment',
    '// of two lines',
    'const half = (a + b) / 2 / c;',
    '/** A contract.',
    ' * Its second line. */',
    'const text = `Found ${names.map((name) => `"${name}"`).join("{")} in ${place}.`;',
    "throw new Error('It\\'s ' + \"one text.\");",
  ].join('\n');
  expect(sourceTexts(source)).toEqual([
    { kind: 'comment', text: 'one comment\nof two lines', line: 1 },
    { kind: 'comment', text: 'A contract.\nIts second line.', line: 4 },
    { kind: 'string', text: '"Code"', line: 6 },
    { kind: 'string', text: '{', line: 6 },
    { kind: 'string', text: 'Found Code in Code.', line: 6 },
    { kind: 'string', text: "It's one text.", line: 7 },
  ]);
});

test('a string without an end is an error, not a count that is too low', () => {
  expect(() => sourceTexts("const a = 1;\nconst b = 'text")).toThrow('at line 2');
});

test('strings are prose if a person reads them', () => {
  expect(isProse('The topic does not exist.')).toBe(true);
  expect(isProse('content-type')).toBe(false);
  expect(isProse('{ flight(id: 1) { id date delay origin } }')).toBe(false);
});

test('sentences end at stops, items and cells, and code is one word', () => {
  expect(sentencesOf('One `a. B` here.\nTwo\nlines. (Three.)\n- Four\n| five | six |')).toEqual([
    ' One Code here.',
    'Two lines.',
    '(Three.)',
    'Four',
    ' five ',
    ' six ',
  ]);
  expect(sentencesOfPage('A [link](x.md).\n\n```sh\nwhere is code\n```\n\nEnd.')).toEqual([
    ' A link.',
    ' End.',
  ]);
});

test('every file belongs to an area', () => {
  expect(areaOf('packages/cli/src/a.ts')).toBe('packages/cli');
  expect(areaOf('README.md')).toBe('docs');
  expect(areaOf('vitest.config.ts')).toBe('scripts');
  expect(areaOf('tests/e2e/a.test.ts')).toBe('tests');
});

test('budgets grow with the text, and interim counts only go down', () => {
  const areas = new Map([['docs', { ...NO_COUNTS, words: 20_000, ifWhen: 27, where: 5, told: 4 }]]);
  const limits = { ...BUDGETS.limits, told: { rate: 2, atLeast: 1 } };
  const budgets = { ...BUDGETS, limits };
  expect(overruns(areas, budgets)).toEqual([
    { area: 'docs', measure: 'where', count: 5, allowed: 3 },
  ]);
  const first = lowered(areas, budgets);
  expect(first.interim).toEqual({ docs: { where: 5 } });
  expect(overruns(areas, first)).toEqual([]);
  const fewer = new Map([['docs', { ...NO_COUNTS, words: 20_000, ifWhen: 27, where: 4 }]]);
  const second = lowered(fewer, first);
  expect(second.interim).toEqual({ docs: { where: 4 } });
  expect(lowered(areas, second)).toEqual(second);
});
