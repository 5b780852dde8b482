import { expect, test } from 'vitest';

import { bakdataArguments, readBakdataArguments } from './bakdata-arguments.ts';

test.each([
  [
    { rangeField: 'a', retentionTime: 'PT1H' },
    'The --range-field option must not be specified when --retention-time is set',
  ],
  [
    { retentionTombstones: true },
    'The --retention-tombstones can be set only when a --retention-time is set',
  ],
  [{ rangeKey: 'a' }, 'The --range-key can be set only when a --range-field is set'],
  [{ rangeType: 'string' }, 'The --range-type can be set only when a --range-field is set'],
] as const)('%j do not go together', (args, text) => {
  expect(() => readBakdataArguments(args)).toThrow(text);
});

test('arguments that are null are not set, and tombstones that are off are left out', () => {
  const sent = { rangeField: 'a', rangeKey: null, retentionTime: null, retentionTombstones: false };
  expect(readBakdataArguments(bakdataArguments.parse(sent))).toEqual({ rangeField: 'a' });
});
