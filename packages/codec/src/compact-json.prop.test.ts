import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { isCompactJson } from './compact-json.ts';

const isCompact = (text: string): boolean => isCompactJson(Buffer.from(text));

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('every JSON text without line feeds that is printed is compact', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom('', ' ', '\t', '\r'), (text, space) => {
      expect(isCompact(`${space}${text}${space}`)).toBe(true);
    }),
  );
});

test('a text that JSON.parse rejects is never compact, after any change', () => {
  const alphabet = '{}[]",:\\/-+.eE0123456789truefalsn u\t\r\n\u0001é';
  const edit = fc.record({
    at: fc.nat(400),
    drop: fc.nat(3),
    insert: fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      (text, edits) => {
        const edited = edits.reduce((now, { at, drop, insert }) => {
          const place = at % (now.length + 1);
          return now.slice(0, place) + insert + now.slice(place + drop);
        }, text);
        // The converse holds only if the text needs no further check.
        const isValid = parses(edited);
        expect(isCompact(edited) && !isValid).toBe(false);
        if (isValid && !edited.includes('\n')) {
          expect(isCompact(edited)).toBe(true);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

test('texts of JSON tokens in any order are judged as JSON.parse judges them', () => {
  const token = fc.constantFrom(
    ...['{', '}', '[', ']', ',', ':', '"a"', '""', '0', '-1', '01', '1.', '.5', '1e5', '1E+', '-'],
    ...['true', 'fals', 'null', ' ', '"\\u00e9"', '"\\u00g9"', '"\\x"', '"', '\\'],
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 9 }), (tokens) => {
      const text = tokens.join('');
      expect(isCompact(text)).toBe(parses(text));
    }),
    { numRuns: 20_000 },
  );
});

test('bytes that are not UTF-8 are not compact, at any position', () => {
  const broken = fc.constantFrom([0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]);
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(400), broken, (text, place, insert) => {
      const bytes = Buffer.from(text);
      const at = place % (bytes.length + 1);
      const edited = [bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at)];
      expect(isCompactJson(Buffer.concat(edited))).toBe(false);
    }),
  );
  expect(isCompact('{"é":["ü",{"\u{1f680}":"€"}]}')).toBe(true);
});

test('a line feed or deep nesting is left to a closer look', () => {
  expect(isCompact('[1,\n2]')).toBe(false);
  expect(isCompact('['.repeat(40) + ']'.repeat(40))).toBe(false);
  expect(isCompact('[{"a":'.repeat(15) + '1' + '}]'.repeat(15))).toBe(true);
});
