import { expect, test } from 'vitest';

import { describeError } from './describe.ts';

test('causes stand behind each other, each once, as one sentence', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const failed = new Error('Connection to 127.0.0.1:1 failed.', { cause: refused });
  expect(describeError(failed)).toBe(
    'Connection to 127.0.0.1:1 failed: connect ECONNREFUSED 127.0.0.1:1',
  );
  const wrapped = new Error(`No broker answers: ${describeError(failed)}`, { cause: failed });
  expect(describeError(wrapped)).toBe(wrapped.message);
});

test('describes the first of several errors, and a value that is not an error as text', () => {
  expect(describeError(new AggregateError([new Error('one'), new Error('two')], 'both'))).toBe(
    'both: one',
  );
  expect(describeError('a text')).toBe('a text');
  expect(describeError(new TypeError())).toBe('TypeError');
});
