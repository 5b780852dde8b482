import { homedir } from 'node:os';
import { posix } from 'node:path';

import { expect, test } from 'vitest';

import { LONGEST } from '../../scripts/test-order.ts';
import vitestConfig from '../../vitest.config.ts';
import { ROOT, type TextFile, textFiles } from './text-files.ts';

const FILES = textFiles();
const SOURCES = FILES.filter(({ path }) => /\.(ts|mjs|js|java|py|graphql)$/.test(path));
const TESTS = FILES.filter(({ path }) => path.endsWith('.test.ts'));
const THIS_FILE = 'tests/repo/tree.test.ts';

const LINES_MAX = 400;

/** `path:line: text` of every line that matches. */
function linesThatMatch(files: readonly TextFile[], pattern: RegExp): readonly string[] {
  return files
    .filter(({ path }) => path !== THIS_FILE)
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
}

function textOf(path: string): string {
  return FILES.find((file) => file.path === path)?.text ?? '';
}

test('every file is named for what it holds', () => {
  const banned = new Set(['utils', 'helpers', 'types', 'index', 'constants']);
  const badFiles = SOURCES.filter(({ path }) =>
    banned.has(posix.basename(path).split('.')[0] ?? ''),
  );
  expect(badFiles.map(({ path }) => path)).toEqual([]);
});

test(`no source file is longer than ${LINES_MAX} lines`, () => {
  const long = SOURCES.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  expect(long.filter(({ lines }) => lines > LINES_MAX)).toEqual([]);
});

test('postponed work names its issue', () => {
  expect(linesThatMatch(SOURCES, /\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/)).toEqual([]);
});

test('no test is skipped, singled out or expected to fail', () => {
  const modifier = /\b(test|it|describe|suite)(\.\w+)*\.(skip|skipIf|runIf|only|todo|fails)\b/;
  expect(linesThatMatch(TESTS, modifier)).toEqual([]);
  expect(linesThatMatch(TESTS, /\b(ctx|context|task)\.skip\(/)).toEqual([]);
});

test('every test file belongs to exactly one project, and every project has tests', () => {
  const projects = (vitestConfig.test?.projects ?? []).flatMap((project) =>
    typeof project === 'object' && 'test' in project && project.test !== undefined
      ? [project.test]
      : [],
  );
  const owners = TESTS.map(({ path }) => ({
    path,
    projects: projects
      .filter(({ include = [], exclude = [] }) => {
        const matches = (pattern: string): boolean => posix.matchesGlob(path, pattern);
        return include.some(matches) && !exclude.some(matches);
      })
      .map(({ name }) => String(name)),
  }));
  expect(owners.filter((owner) => owner.projects.length !== 1)).toEqual([]);
  const used = new Set(owners.flatMap((owner) => owner.projects));
  expect([...used].toSorted()).toEqual(['e2e', 'fault', 'kafka', 'unit']);
});

test('every file that starts first is a test file', () => {
  const paths = new Set(TESTS.map(({ path }) => path));
  expect(LONGEST.filter((path) => !paths.has(path))).toEqual([]);
});

test('unit tests need no tool beyond those that the checks install', () => {
  const unit = TESTS.filter(
    ({ path }) => !path.endsWith('.kafka.test.ts') && !/^tests\/(fault|e2e|compat)\//.test(path),
  );
  expect(linesThatMatch(unit, /testkit\/(own-|broker|java-)|startLocalKafka\(/)).toEqual([]);
});

test('the README names every command, and continuous integration runs nothing else', () => {
  const readme = textOf('README.md');
  const scripts: unknown = JSON.parse(textOf('package.json')).scripts;
  const commands = Object.keys(scripts ?? {}).map((name) =>
    ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`,
  );
  expect(commands.filter((command) => !readme.includes(command))).toEqual([]);
  const steps = textOf('.ci/run')
    .split('\n')
    .filter((line) => /^\w/.test(line));
  expect(steps).toEqual(['set -euo pipefail', expect.stringMatching(/^cd /), 'npm test']);
});

test('no committed text names a private package registry or a path of one machine', () => {
  // Maven Central is public, and the default of every tool that reads Maven repositories.
  const registry =
    /https?:\/\/(?!repo\.maven\.apache\.org\/)([\w-]+\.)*(registry|artifactory|nexus|verdaccio|repo1?)\.[\w.-]+/i;
  const login = /_authToken|_password\s*=/;
  const home = /(^|[\s"'`(=:])\/(home|Users)\/(?!(me|you|node|user)\b)\w[\w.-]*\//;
  expect(linesThatMatch(FILES, registry)).toEqual([]);
  expect(linesThatMatch(FILES, login)).toEqual([]);
  expect(linesThatMatch(FILES, home)).toEqual([]);
  for (const place of [ROOT, homedir()].filter((path) => path.length > 1)) {
    expect(linesThatMatch(FILES, new RegExp(`(^|[^\\w.])${RegExp.escape(place)}/`))).toEqual([]);
  }
});
