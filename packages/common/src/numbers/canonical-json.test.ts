import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { canonicalJson } from './canonical-json.ts';

test.each([
  ['{"b":1,"a":2}', '{"a":2,"b":1}'],
  [' { "a" : [ 1.0 , 1e3, -0 ] } ', '{"a":[1,1000,0]}'],
  [String.raw`"\u0041\/"`, '"A/"'],
  ['{"a":1,"a":2}', '{"a":2}'],
  ['{"__proto__":1,"10":1,"9":2}', '{"10":1,"9":2,"__proto__":1}'],
  ['9007199254740993.0', '9007199254740993'],
  [String.raw`"\ud800"`, String.raw`"\ud800"`],
])('%s is %s', (text, canonical) => {
  expect(canonicalJson(text)).toBe(canonical);
});

test.each(['', '{', 'a', '{"a":}', '['.repeat(65) + ']'.repeat(65), '['.repeat(30_000)])(
  'what is not JSON, or too deep, has no canonical form',
  (text) => {
    expect(canonicalJson(text)).toBeUndefined();
  },
);

test('any JSON has one spelling, whatever its white space and the order of its members', () => {
  const reversed = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(reversed)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([name, member]) => [name, reversed(member)]),
          )
        : value;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const canonical = canonicalJson(JSON.stringify(value));
      expect(canonicalJson(JSON.stringify(reversed(value), null, 2))).toBe(canonical);
      expect(canonicalJson(canonical ?? '')).toBe(canonical);
    }),
  );
});
