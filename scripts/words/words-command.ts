import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { type Budgets, lowered, overruns } from './budgets.ts';
import { commitsOf, longSubjects, SUBJECT_CHARS_MAX } from './commit-subjects.ts';
import { countsTable, findingLine, overrunText } from './report.ts';
import { wordsOfTree } from './tree-words.ts';

const BUDGETS = 'scripts/words/budgets.json';

export interface WordsResult {
  readonly isOk: boolean;
  readonly output: string;
}

/**
 * Compares the language of the tree with its budgets. `--print` shows the counts instead, `--list
 * AREA` the findings of an area, and `--lower` writes the counts of today into the budgets.
 */
export function runWords(args: readonly string[]): WordsResult {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: 'string', default: resolve(import.meta.dirname, '../..') },
      print: { type: 'boolean', default: false },
      list: { type: 'string' },
      lower: { type: 'boolean', default: false },
    },
  });
  const path = join(values.root, BUDGETS);
  const budgets = JSON.parse(readFileSync(path, 'utf8')) as Budgets;
  const areas = wordsOfTree(values.root);
  const counts = new Map([...areas].map(([area, words]) => [area, words.counts]));
  if (values.lower) {
    writeFileSync(path, `${JSON.stringify(lowered(counts, budgets), undefined, 2)}\n`);
  }
  if (values.print || values.lower) {
    return { isOk: true, output: countsTable(counts, budgets) };
  }
  if (values.list !== undefined) {
    const findings = areas.get(values.list)?.findings ?? [];
    return { isOk: true, output: findings.map(findingLine).join('\n') };
  }
  const problems = [
    ...overruns(counts, budgets).map((overrun) => overrunText(overrun, areas)),
    ...longSubjects(commitsOf(values.root), budgets.commitsSince).map(
      ({ id, subject }) =>
        `The subject of commit ${id} has ${subject.length} characters; the limit is ${SUBJECT_CHARS_MAX}: ${subject}`,
    ),
  ];
  return { isOk: problems.length === 0, output: problems.join('\n') };
}
