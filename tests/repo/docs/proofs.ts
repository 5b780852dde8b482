import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { sourceTexts } from '../../../scripts/words/source-texts.ts';
import { ROOT, textFiles } from '../text-files.ts';

export const RULES_PAGE = 'docs/spec/rules.md';
export const BAD_INPUT_PAGE = 'docs/spec/bad-input.md';

/** Ids at the beginning of a title: `I-W1, F09: …`. */
const RULES_OF_TITLE = /^(?:(?:I-)?[A-Z]\d+(?:, |: ))+(?<=: )/;
/** `row 7`, `rows 7, 8 and 9` or `rows 7 to 9`, anywhere in a title. */
const ROWS_OF_TITLE = /\brows? (\d+(?:(?:, | and | to )\d+)*)/;
/** A row of a table whose first cell is an id. */
const TABLE_ROW = /^\| ((?:I-)?[A-Z]?\d+) \|(.*)\|[^|]*\|$/gm;

/** Id of a rule, or number of a row, to the test files that name it. */
export type Proofs = ReadonlyMap<string, readonly string[]>;

/** Ids that a page defines, in its order. */
export function definedIds(page: string): readonly string[] {
  return [...page.matchAll(TABLE_ROW)].map(([, id = '']) => id);
}

/** The page with the test files of each id in the last cell of its row. */
export function withProofs(path: string, proofs: Proofs): string {
  return readFileSync(join(ROOT, path), 'utf8').replaceAll(
    TABLE_ROW,
    (_row, id: string, cells: string) => {
      const files = (proofs.get(id) ?? []).map((file) => `\`${file}\``).join(', ');
      return `| ${id} |${cells}| ${files === '' ? '' : `${files} `}|`;
    },
  );
}

/** Test files by the ids of rules that their titles begin with. */
export function rulesInTitles(): Proofs {
  return proofsOf((title) => RULES_OF_TITLE.exec(title)?.[0].match(/(?:I-)?[A-Z]\d+/g) ?? []);
}

/** Test files by the rows of bad input that their titles name, in text or through tables. */
export async function rowsInTitles(): Promise<Proofs> {
  const proofs = new Map(proofsOf((title) => rowsOf(ROWS_OF_TITLE.exec(title)?.[1] ?? '')));
  const add = (row: string, path: string): void => {
    proofs.set(row, [...new Set([...(proofs.get(row) ?? []), path])].toSorted());
  };
  for (const { path, text } of textFiles()) {
    if (path.endsWith('.test.ts')) {
      for (const [, row = ''] of text.matchAll(/\brow: (\d+)/g)) {
        add(row, path);
      }
    } else if (path.endsWith('-rows.ts')) {
      for (const row of await rowsOfTables(path)) {
        add(row, path);
      }
    }
  }
  return proofs;
}

function proofsOf(idsOf: (title: string) => readonly string[]): Proofs {
  const proofs = new Map<string, string[]>();
  const tests = textFiles().filter(({ path }) => path.endsWith('.test.ts'));
  for (const { path, text } of tests) {
    const titles = sourceTexts(text).filter(({ kind }) => kind === 'string');
    for (const id of new Set(titles.flatMap((title) => idsOf(title.text)))) {
      proofs.set(id, [...(proofs.get(id) ?? []), path].toSorted());
    }
  }
  return proofs;
}

function rowsOf(list: string): readonly string[] {
  const [first, last] = list.split(' to ').map(Number);
  if (first !== undefined && last !== undefined) {
    return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
  }
  return list.match(/\d+/g) ?? [];
}

/** The rows of every table that a module exports. */
async function rowsOfTables(path: string): Promise<readonly string[]> {
  const module = (await import(join(ROOT, path))) as Readonly<Record<string, unknown>>;
  return Object.values(module)
    .filter((table) => Array.isArray(table))
    .flatMap((table: readonly unknown[]) => table)
    .flatMap((row) =>
      typeof row === 'object' && row !== null && 'row' in row ? [String(row.row)] : [],
    );
}
