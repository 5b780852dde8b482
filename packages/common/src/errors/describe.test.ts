import { expect, test } from 'vitest';

import { describeError } from './describe.ts';

test('causes stand behind each other, each once, as one sentence', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const failed = new Error('Connection to 127.0.0.1:1 failed.', { cause: refused });
  expect(describeError(failed)).toBe(
    'Connection to 127.0.0.1:1 failed: connect ECONNREFUSED 127.0.0.1:1',
  );
  const told = new Error(`No broker answers: ${describeError(failed)}`, { cause: failed });
  expect(describeError(told)).toBe(told.message);
});

test('of several errors the first is told, and what is no error as its text', () => {
  expect(describeError(new AggregateError([new Error('one'), new Error('two')], 'both'))).toBe(
    'both: one',
  );
  expect(describeError('a text')).toBe('a text');
  expect(describeError(new TypeError())).toBe('TypeError');
});
