import { expect, test } from 'vitest';

import { identityProblem, printIdentity } from '../store/store-identity.ts';
import { argumentsText, topicArguments } from './topic-arguments.ts';

const IDENTITY = {
  topic: 't',
  partitions: 3,
  keyType: 'STRING',
  valueType: 'JSON',
  writeType: 'MUTABLE',
} as const;
const stored = (values: Parameters<typeof argumentsText>[0]) =>
  printIdentity({ ...IDENTITY, arguments: argumentsText(values) });

test.each([
  [{}, { rangeField: 'a' }],
  [{ rangeField: 'a' }, {}],
  [{ rangeField: 'a' }, { rangeField: 'b' }],
  [{ rangeField: 'a' }, { rangeField: 'a', rangeType: 'timestamp' }],
  [{ rangeField: 'a' }, { rangeField: 'a', rangeKey: 'b' }],
  [{ retentionTime: 'PT1H' }, { retentionTime: 'PT2H' }],
  [{ retentionTime: 'PT1H' }, {}],
  [{ retentionTime: 'PT1H' }, { retentionTime: 'PT1H', retentionTombstones: true }],
] as const)('a store with %j is not used for %j', (before, after) => {
  const expected = { ...IDENTITY, arguments: argumentsText(after) };
  expect(identityProblem(stored(before), expected)).toContain('arguments');
  const same = { ...IDENTITY, arguments: argumentsText(before) };
  expect(identityProblem(stored(before), same)).toBeUndefined();
});

test('a store without arguments equals one of a version without arguments', () => {
  const old = Buffer.from(JSON.stringify({ format: 2, ...IDENTITY }));
  expect(stored({}).equals(old)).toBe(true);
  expect(identityProblem(old, { ...IDENTITY, arguments: argumentsText({}) })).toBeUndefined();
});

test.each([
  { rangeKey: 'a' },
  { rangeField: 'a', retentionTime: 'PT1H' },
  { rangeField: 'a..b' },
  { rangeField: 'a', rangeType: 'money' },
  { retentionTime: 'P1M' },
  { retentionTombstones: true },
  { rangeFeild: 'a' },
])('%j are invalid arguments', (values) =>
  expect(topicArguments.safeParse(values).success).toBe(false),
);
