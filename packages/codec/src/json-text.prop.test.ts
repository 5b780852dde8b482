import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  checkJson,
  JSON_DEPTH_MAX,
  splitArray,
  splitObject,
  withoutLineFeeds,
} from './json-text.ts';

const spaced = fc
  .tuple(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([json, indent]) => JSON.stringify(JSON.parse(json), undefined, indent));

const codeOf = (text: string): string => {
  try {
    checkJson(text);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

/** JSON of a text, with the halves of surrogate pairs raw or escaped. */
const quote = (text: string, escaped: boolean): string =>
  JSON.stringify(text).replaceAll(/[\ud800-\udfff]/g, (char) =>
    escaped ? `\\u${char.charCodeAt(0).toString(16)}` : char,
  );

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;

test('an array is split into the texts of its elements', () => {
  fc.assert(
    fc.property(fc.array(spaced), fc.constantFrom('', ' ', '\n '), (elements, gap) => {
      const text = `[${elements.map((element) => gap + element + gap).join(',')}]`;
      checkJson(text);
      expect(splitArray(text)).toEqual(elements);
    }),
  );
});

test('an object is split into the texts of its members', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), spaced)), (members) => {
      const text = `{${members.map(([name, value]) => `${JSON.stringify(name)} : ${value}`).join(' ,')}}`;
      checkJson(text);
      expect(splitObject(text)).toEqual(members.map(([name, value]) => ({ name, value })));
    }),
  );
});

test('the depth limit counts what is nested, whatever the strings hold', () => {
  const deep = fc
    .tuple(fc.array(fc.boolean(), { minLength: 50, maxLength: 80 }), fc.json())
    .map(([levels, core]) =>
      levels.reduce((text, list) => (list ? `["{[\\"",${text}]` : `{"[{\\\\":${text}}`), core),
    );
  fc.assert(
    fc.property(deep, (text) => {
      const tooDeep = depthOf(JSON.parse(text)) > JSON_DEPTH_MAX;
      expect(codeOf(text)).toBe(tooDeep ? 'TOO_DEEP' : 'none');
    }),
  );
});

test('half surrogates are detected if and only if the parsed text has them', () => {
  const unit = fc.constantFrom(
    '\ud800',
    '\udbff',
    '\udc00',
    '\udfff',
    'a',
    '\\',
    '"',
    '\u00e9',
    'u',
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 8 }), fc.boolean(), (units, escaped) => {
      const text = quote(units.join(''), escaped);
      const lone = !(JSON.parse(text) as string).isWellFormed();
      expect(codeOf(text)).toBe(lone ? 'INVALID_UNICODE' : 'none');
    }),
    { numRuns: 1000 },
  );
});

test('a text without line feeds means the same', () => {
  fc.assert(
    fc.property(spaced, (text) => {
      const flat = withoutLineFeeds(text);
      expect(flat).not.toContain('\n');
      expect(JSON.parse(flat)).toEqual(JSON.parse(text));
    }),
  );
});
