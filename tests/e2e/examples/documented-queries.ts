import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../repo/text-files.ts';

export interface DocumentedQuery {
  readonly query: string;
  /** What the page says that the answer is. */
  readonly answer: unknown;
}

const BLOCK = /^```(graphql|json)\n(.*?)^```$/gms;

/** Each query of a page that is followed by its answer, in order. */
export function documentedQueries(page: string): readonly DocumentedQuery[] {
  const blocks = [...textOf(page).matchAll(BLOCK)].map(([, language, text = '']) => ({
    language,
    text,
  }));
  return blocks.flatMap((block, at) => {
    const next = blocks[at + 1];
    return block.language === 'graphql' && next?.language === 'json'
      ? [{ query: block.text, answer: JSON.parse(next.text) as unknown }]
      : [];
  });
}

/** Every answer of a GraphQL query that stands on a page in one line. */
export function documentedAnswers(page: string): readonly unknown[] {
  return [...textOf(page).matchAll(/^\{"data":.*\}$/gm)].map(
    ([line]) => JSON.parse(line) as unknown,
  );
}

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}
