import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { MEMBER_PATH, namesInPath, printPath } from './member-path.ts';

test.each([
  ['time', ['time']],
  ['position.time', ['position', 'time']],
  ['unit-price', ['unit-price']],
  ['@timestamp', ['@timestamp']],
  ['"source.id".a b', ['source.id', 'a b']],
  [String.raw`"say \"hi\"".é`, ['say "hi"', 'é']],
])('%s', (path, names) => {
  expect(path).toMatch(MEMBER_PATH);
  expect(namesInPath(path)).toEqual(names);
  expect(printPath(names)).toBe(path);
});

test.each(['', '.', 'a.', '.a', 'a..b', '"', '"a', 'a"b', '""', String.raw`"\q"`, '"a"b'])(
  '%j is no path',
  (path) => {
    expect(path).not.toMatch(MEMBER_PATH);
  },
);

test('a path has any names that are not empty', () => {
  const names = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 });
  fc.assert(
    fc.property(names, (list) => {
      const path = printPath(list);
      expect(path).toMatch(MEMBER_PATH);
      expect(namesInPath(path)).toEqual(list);
    }),
  );
});
