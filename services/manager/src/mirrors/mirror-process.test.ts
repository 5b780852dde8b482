import type { Resource } from '@quicksilver/resources/kinds';
import type { MirrorSpec } from '@quicksilver/resources/mirror';
import type { MirrorEntry } from '@quicksilver/contracts/control/service-entry';
import { expect, test } from 'vitest';

import { changedEntry, planProcess, type ProcessPlanOptions } from './mirror-process.ts';

function mirror(topic: string, spec: Partial<MirrorSpec> = {}): Resource<'mirror'> {
  const small = { topic, replicas: 1, isDedicated: false, mirrorArguments: {} };
  return {
    kind: 'mirror',
    name: topic,
    version: 1,
    spec: { ...small, ...spec },
    isDeleting: false,
  };
}

const planOptions = (overrides: Partial<ProcessPlanOptions>): ProcessPlanOptions => ({
  mirrors: [],
  isRegistered: () => true,
  isServed: () => true,
  current: undefined,
  ...overrides,
});

const hosting = (...topics: string[]): MirrorEntry => ({
  kind: 'mirror',
  name: 'pool',
  version: 4,
  topics: topics.map((topic) => ({ topic })),
  addresses: ['h:1'],
  copies: 1,
});

const topicsOf = (process: string, overrides: Partial<ProcessPlanOptions>): string[] =>
  planProcess(process, planOptions(overrides)).topics.map(({ topic }) => topic);

test('small mirrors share the pool, those with replicas and dedicated ones have a process', () => {
  const mirrors = [
    mirror('b'),
    mirror('a'),
    mirror('c', { replicas: 3 }),
    mirror('d', { isDedicated: true }),
  ];
  expect(topicsOf('pool', { mirrors })).toEqual(['a', 'b']);
  expect(planProcess('c', planOptions({ mirrors }))).toEqual({
    replicas: 3,
    topics: [{ topic: 'c' }],
  });
  expect(topicsOf('d', { mirrors })).toEqual(['d']);
  expect(topicsOf('e', { mirrors })).toEqual([]);
});

test('a mirror comes after its topic, and goes as soon as its deletion was asked for', () => {
  const mirrors = [mirror('a'), { ...mirror('b'), isDeleting: true }, mirror('c')];
  expect(topicsOf('pool', { mirrors, isRegistered: (topic) => topic !== 'a' })).toEqual(['c']);
});

test('a moving mirror stays in its old process until the new process serves it', () => {
  const mirrors = [mirror('a'), mirror('b', { replicas: 2 })];
  const overrides = { mirrors, current: hosting('a', 'b') };
  expect(topicsOf('pool', { ...overrides, isServed: () => false })).toEqual(['a', 'b']);
  expect(topicsOf('pool', { ...overrides, isServed: () => true })).toEqual(['a']);
  expect(topicsOf('b', overrides)).toEqual(['b']);
});

test('an entry is written when it says something new, with the next version', () => {
  const plan = { replicas: 1, topics: [{ topic: 'a' }] };
  expect(changedEntry('pool', plan, ['h:1'], hosting('a'))).toBeUndefined();
  expect(changedEntry('pool', plan, ['h:2'], hosting('a'))).toMatchObject({ version: 5 });
  expect(changedEntry('pool', plan, ['h:1'], undefined)).toMatchObject({ version: 1 });
});
