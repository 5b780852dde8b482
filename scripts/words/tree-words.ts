import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { COMMENT_COLUMNS_MAX, type Counts, type Finding, Tally } from './measures.ts';
import { isProse, sentencesOf, sentencesOfPage } from './prose.ts';
import { sourceTexts } from './source-texts.ts';

export interface AreaWords {
  readonly counts: Counts;
  readonly findings: readonly Finding[];
}

/** Pages that a program writes: their texts are counted in its source. */
const GENERATED = /^docs\/(?:cli|config|errors|metrics|project-file|http-api)\.md$/;
const NOT_OURS = new Set(['node_modules', 'coverage', 'dist', 'golden', 'data', '__pycache__']);
const SOURCE = /\.(?:ts|mts|mjs|js)$/;
const HASH_COMMENTS = /(?:\.(?:py|sh|ya?ml|graphql)|Dockerfile|\.ci\/run)$/;

/** Counts every text of the repository, by area. */
export function wordsOfTree(root: string): ReadonlyMap<string, AreaWords> {
  const tallies = new Map<string, Tally>();
  for (const path of pathsBelow(root, '')) {
    const tally = tallies.get(areaOf(path)) ?? new Tally();
    tallies.set(areaOf(path), tally);
    addFile(tally, path, readFileSync(join(root, path), 'utf8'));
  }
  return new Map(
    [...tallies]
      .map(([area, tally]) => [area, { counts: tally.total(), findings: tally.findings }] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** `packages/x` and `services/y`; else the first folder, and `docs` for the pages at the root. */
export function areaOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  if (first === 'packages' || first === 'services') {
    return `${first}/${second}`;
  }
  return path.includes('/') && first !== '.ci' ? first : path.endsWith('.md') ? 'docs' : 'scripts';
}

export function addFile(tally: Tally, path: string, text: string): void {
  if (path.endsWith('.md')) {
    for (const sentence of sentencesOfPage(text)) {
      tally.addSentence(sentence, { path });
    }
  } else if (SOURCE.test(path)) {
    addSource(tally, path, text);
  } else {
    addHashComments(tally, path, text);
  }
}

function addSource(tally: Tally, path: string, source: string): void {
  const lines = source.split('\n');
  for (const { kind, text, line } of readTexts(path, source)) {
    if (kind === 'string' && !isProse(text)) {
      continue;
    }
    for (const sentence of sentencesOf(text)) {
      tally.addSentence(sentence, { path, line });
    }
    if (kind === 'comment') {
      addWideLines(tally, path, { lines, from: line, count: text.split('\n').length });
    }
  }
}

function readTexts(path: string, source: string): ReturnType<typeof sourceTexts> {
  try {
    return sourceTexts(source);
  } catch (cause) {
    throw new Error(`Cannot read the texts of ${path}.`, { cause });
  }
}

function addWideLines(
  tally: Tally,
  path: string,
  comment: { readonly lines: readonly string[]; readonly from: number; readonly count: number },
): void {
  for (let line = comment.from; line < comment.from + comment.count; line += 1) {
    const text = comment.lines[line - 1] ?? '';
    if (text.length > COMMENT_COLUMNS_MAX && !/^\s*\S*\s*\S*:\/\//.test(text)) {
      tally.addWideComment({ path, line, text });
    }
  }
}

/** Comments that begin with `#`, and the descriptions of a GraphQL schema. */
function addHashComments(tally: Tally, path: string, text: string): void {
  const comments = text
    .split('\n')
    .map((line) => /^\s*(?:#(?!!)|"+)\s?(.*?)"*$/.exec(line)?.[1] ?? '')
    .join('\n');
  for (const sentence of sentencesOf(comments)) {
    tally.addSentence(sentence, { path });
  }
}

function pathsBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const isHidden = entry.name.startsWith('.') && entry.name !== '.ci';
      return isHidden || NOT_OURS.has(entry.name) ? [] : pathsBelow(root, path);
    }
    return entry.isFile() && isRead(path) ? [path] : [];
  });
}

function isRead(path: string): boolean {
  return (
    (path.endsWith('.md') && !GENERATED.test(path)) ||
    SOURCE.test(path) ||
    (HASH_COMMENTS.test(path) && !path.endsWith('pnpm-lock.yaml'))
  );
}
