import { posix } from 'node:path';

import { expect, test } from 'vitest';

import { textFiles } from './text-files.ts';

const FILES = new Map(textFiles().map(({ path, text }) => [path, text]));
const FOLDERS = new Set([...FILES.keys()].flatMap(foldersOf));
const LINK = /\]\(([^)\s]+)\)/g;
const PICTURE = /\.(png|svg)$/;

function foldersOf(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === '.' ? [] : [parent, ...foldersOf(parent)];
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = page.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('every link of a page leads to a file, and to a heading if it names one', () => {
  const broken: string[] = [];
  let count = 0;
  for (const [page, text] of FILES) {
    const prose = page.endsWith('.md') ? text.replaceAll(/^```[^]*?^```$/gm, '') : '';
    for (const [, link = ''] of prose.matchAll(LINK)) {
      const [target = '', anchor] = link.split('#');
      if (/^[a-z]+:/.test(link) || PICTURE.test(target)) {
        continue;
      }
      count += 1;
      const path = target === '' ? page : posix.join(posix.dirname(page), target);
      const isThere = FILES.has(path) || FOLDERS.has(path);
      if (!isThere || (anchor !== undefined && !anchorsOf(FILES.get(path) ?? '').has(anchor))) {
        broken.push(`${page}: ${link}`);
      }
    }
  }
  expect(broken).toEqual([]);
  expect(count).toBeGreaterThan(100);
});

test('every file of this repository that a page names is there', () => {
  const PATH =
    /`((?:packages|services|tests|scripts|docs|examples|benches|deploy)\/[\w./-]*[\w-]\.\w+)`/g;
  const named = [...FILES].flatMap(([page, text]) =>
    page.endsWith('.md') && page !== 'CHANGELOG.md'
      ? [...text.matchAll(PATH)].map(([, path = '']) => ({ page, path }))
      : [],
  );
  expect(named.filter(({ path }) => !FILES.has(path))).toEqual([]);
  expect(named.length).toBeGreaterThan(100);
});
