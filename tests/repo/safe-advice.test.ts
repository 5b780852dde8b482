import { expect, test } from 'vitest';

import { textFiles } from './text-files.ts';

/** A sentence that sends its reader to remove something in order to have it again. */
const UNSAFE = [
  /\b(?:delete|remove|drop) (?:it|this|them|the topic|topic \S+)(?: first)?,? (?:and|then) (?:re-?create|create|register)/i,
  /\bset cleanup\.policy=delete and retention/i,
  /\bset cleanup\.policy=compact\b/i,
];

test('no text advises to delete and create a topic, or settings of Kafka that delete records', () => {
  const places = textFiles()
    .filter(({ path }) => /^(?:packages|services|docs|deploy|examples|README)/.test(path))
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .flatMap(({ path, text }) =>
      UNSAFE.flatMap((pattern) => pattern.exec(text)?.[0] ?? []).map((advice) => [path, advice]),
    );
  expect(places).toEqual([]);
});
