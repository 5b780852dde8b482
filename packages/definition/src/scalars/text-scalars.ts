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

function isDateTime(text: string): boolean {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/.exec(
      text,
    );
  const [year = 0, month = 0, day = 0, ...time] = (parts ?? []).slice(1).map(Number);
  // The calendar repeats every 400 years. Day 0 is the last day of the previous month.
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth;
  return parts !== null && isDate && time.every((part, at) => !(part > (TIME_MAX[at] ?? 0)));
}

/** Hour, minute, second with the leap second, and the offset's hour and minute if present. */
const TIME_MAX = [23, 59, 60, 23, 59];
const YEARS_0_TO_9999 = /^\d{4}-/;

/** Milliseconds since 1970 as a number, or as digits, which Protobuf uses for 64 bits. */
function textOfMilliseconds(value: unknown): string | undefined {
  const isDigits = typeof value === 'string' && /^-?\d{1,16}$/.test(value);
  const date = new Date(isDigits || Number.isInteger(value) ? Number(value) : Number.NaN);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return YEARS_0_TO_9999.test(text) ? text : undefined;
}
