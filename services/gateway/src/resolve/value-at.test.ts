import { expect, test } from 'vitest';

import { valueAt } from './value-at.ts';

test.each([
  ['a path of two names', { a: { b: 1 }, b: 2 }, 'a.b', 1],
  ['never deeper', { x: { b: 1 } }, 'b', undefined],
  ['nothing on the way', { a: null }, 'a.b', null],
  ['a value on the way that is no object', { a: 'text' }, 'a.length', undefined],
  ['no member of every JS object', {}, 'constructor', undefined],
  ['a list at the end', { a: { b: [1, null, 2] } }, 'a.b', [1, null, 2]],
  ['a list on the way', { a: [{ b: 1 }, null, {}, { b: 2 }] }, 'a.b', [1, null, null, 2]],
  ['lists below lists, as one', { a: [{ b: [1, 2] }, { b: [] }, { b: [3] }] }, 'a.b', [1, 2, 3]],
  ['lists in lists, as one', { a: [[1], [2, 3]] }, 'a', [1, 2, 3]],
])('%s', (_what, record, path, value) => {
  expect(valueAt(record, path.split('.'))).toEqual(value);
});
