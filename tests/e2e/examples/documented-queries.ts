import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../repo/text-files.ts';

/** Something that a page shows how to do, and what it says that comes of it. */
export type DocumentedStep =
  | { readonly kind: 'query'; readonly text: string; readonly answer: unknown }
  | { readonly kind: 'command'; readonly text: string; readonly answer: unknown }
  /** The event of a subscription that the mutation below it on the page causes. */
  | {
      readonly kind: 'event';
      readonly text: string;
      readonly cause: string;
      readonly answer: unknown;
    };

interface Block {
  readonly language: string;
  readonly text: string;
}

/** A command counts only if it is curl. */
const BLOCK = /^```(graphql|sh(?=\ncurl )|json)\n(.*?)^```$/gms;

/** Each query, curl request and subscription of a page with an answer below it, in order. */
export function documentedSteps(page: string): readonly DocumentedStep[] {
  const blocks: readonly Block[] = [...textOf(page).matchAll(BLOCK)].map(
    ([, language = '', text = '']) => ({ language, text }),
  );
  return blocks.flatMap(({ language, text }, at): DocumentedStep[] => {
    const next = blocks[at + 1];
    if (language === 'json' || next?.language !== 'json') {
      return [];
    }
    const answer: unknown = JSON.parse(next.text);
    const before = blocks[at - 1];
    if (isSubscription(before)) {
      return [{ kind: 'event', text: before.text, cause: text, answer }];
    }
    return [{ kind: language === 'sh' ? 'command' : 'query', text, answer }];
  });
}

function isSubscription(block: Block | undefined): block is Block {
  return block?.language === 'graphql' && block.text.startsWith('subscription');
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
