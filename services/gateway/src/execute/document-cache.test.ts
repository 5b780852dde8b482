import { expect, test } from 'vitest';

import { DocumentCache } from './document-cache.ts';

test('the cache evicts the least recently used entry when it has too many characters', () => {
  const cache = new DocumentCache<number>(160);
  const text = (letter: string): string => letter.repeat(10);
  const letters = Array.from({ length: 16 }, (_, at) => String.fromCodePoint(97 + at));
  letters.forEach((letter, at) => cache.set(text(letter), at));
  expect(cache.get(text('a'))).toBe(0);
  cache.set(text('z'), 99);
  expect([cache.get(text('a')), cache.get(text('b')), cache.get(text('z'))]).toEqual([
    0,
    undefined,
    99,
  ]);
});

test('the cache does not store a text that would evict many others', () => {
  const cache = new DocumentCache<number>(160);
  cache.set('x'.repeat(11), 1);
  expect(cache.get('x'.repeat(11))).toBeUndefined();
});
