import type { ArgumentRow } from '../grammar/command-row.ts';

/** Of `-o`, for commands that print several things. */
export const LIST_FORMATS = ['table', 'wide', 'json', 'yaml', 'jsonl', 'name'];
/** And for those that print one. */
export const ONE_FORMATS = ['json', 'yaml', 'jsonl', 'name'];

export const NAME = (text: string): readonly ArgumentRow[] => [{ name: 'NAME', text }];
