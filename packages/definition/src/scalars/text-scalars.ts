import { isDateTime, textOfMilliseconds } from '@quicksilver/common/numbers/date-time';
import { Kind } from 'graphql';

import type { ScalarForm } from './scalar-form.ts';

export const CHAR = textForm(
  'Char is a text of one character.',
  (text) => text.length === 1 && text.isWellFormed(),
);

export const BYTES = textForm(
  'Bytes is a text in base64 with its padding.',
  (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
);

export const DATE_TIME: ScalarForm<string> = {
  ...textForm(
    'DateTime is a text in the form of RFC 3339, such as 2026-11-24T18:00:00Z.',
    isDateTime,
  ),
  readRecord: (value) =>
    typeof value === 'string' && isDateTime(value) ? value : textOfMilliseconds(value),
};

/** Text of a certain form, the same in requests, records and results. */
function textForm(expected: string, fits: (text: string) => boolean): ScalarForm<string> {
  return {
    expected,
    literals: [Kind.STRING],
    read: (value) => (typeof value === 'string' && fits(value) ? value : undefined),
    print: (text) => text,
  };
}
