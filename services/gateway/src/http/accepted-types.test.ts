import { expect, test } from 'vitest';

import { acceptedTypes } from './accepted-types.ts';

test.each([
  ['application/json', ['application/json']],
  ['a/b;q=0.5, c/d', ['c/d', 'a/b']],
  ['a/b; q=0.5 ,*/*;q=0, C/D;charset=utf-8;q=0.9', ['c/d;charset=utf-8', 'a/b']],
  ['a/b, c/d', ['a/b', 'c/d']],
  ['a/b;q=x', ['a/b']],
  ['a/b;q=0', []],
  ['text/event-stream, application/json;q=0.9', ['text/event-stream']],
  ['text/event-stream, application/json', ['text/event-stream', 'application/json']],
  ['text/event-stream;q=0.1, application/json', ['application/json', 'text/event-stream']],
])('the accepted types of %s', (accept, types) => {
  expect(acceptedTypes(accept)).toEqual(types);
});
