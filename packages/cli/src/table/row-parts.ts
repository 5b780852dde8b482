import type { ArgumentRow, OptionRow } from '../grammar/command-row.ts';

/** Formats of `-o` for commands that print several items. */
export const LIST_FORMATS = ['table', 'wide', 'json', 'yaml', 'jsonl', 'name'];
/** Formats of `-o` for commands that print one item. */
export const ONE_FORMATS = ['json', 'yaml', 'jsonl', 'name'];

export const NAME = (text: string): readonly ArgumentRow[] => [{ name: 'NAME', text }];

export const KIND: ArgumentRow = {
  name: 'KIND',
  text: 'topic (t), mirror (m), gateway (gw) or application (app), singular or plural',
};

export const ALLOW_BREAKING: OptionRow = {
  flags: '--allow-breaking',
  text: 'Apply a schema even if clients of the current one would fail, because it removes a field or changes a type',
};

export const ENVIRONMENT: OptionRow = {
  flags: '--environment <name>',
  text: 'Apply the overlay with this name from environments',
};
