import { expect, test } from 'vitest';

import { eventually } from './eventually.ts';

test('eventually returns the first result that is not an error', async () => {
  let tries = 0;
  const answer = await eventually(() => {
    tries += 1;
    if (tries < 3) {
      throw new Error('not yet');
    }
    return 'there';
  }, 5_000);
  expect([answer, tries]).toEqual(['there', 3]);
});

test('eventually throws the error of the last try after the deadline', async () => {
  let tries = 0;
  const never = eventually(() => {
    tries += 1;
    throw new Error(`try ${tries}`);
  }, 60);
  await expect(never).rejects.toThrow(/^Not so within 60 ms: try \d+$/);
});
