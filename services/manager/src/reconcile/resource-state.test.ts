import type { Resource } from '@quicksilver/resources/kinds';
import { RESOURCE_STATES, type ResourceStatus } from '@quicksilver/resources/status';
import { expect, test } from 'vitest';

import { statusOf, TRANSITIONS, type Finding } from './resource-state.ts';

const SHOP: Resource<'gateway'> = {
  kind: 'gateway',
  name: 'shop',
  version: 3,
  spec: { replicas: 1 },
  isDeleting: false,
};

const walk = (...findings: Finding[]): string[] => {
  let status: ResourceStatus | undefined;
  return findings.map((finding) => {
    status = statusOf(SHOP, status, { finding });
    return status.state;
  });
};

test('a resource goes from Pending to Running, and what has served is Degraded until it serves again', () => {
  expect(walk('untouched', 'starting', 'restoring', 'serving', 'restoring', 'serving')).toEqual([
    'Pending',
    'Starting',
    'Restoring',
    'Running',
    'Degraded',
    'Running',
  ]);
  expect(walk('starting', 'failed', 'starting', 'serving')).toEqual([
    'Starting',
    'Failed',
    'Starting',
    'Running',
  ]);
});

test('nothing takes a deletion back, and every state can be left for it', () => {
  for (const state of RESOURCE_STATES) {
    expect(TRANSITIONS[state].deleting).toBe('Deleting');
  }
  expect(new Set(Object.values(TRANSITIONS.Deleting))).toEqual(new Set(['Deleting']));
});

test('Degraded and Failed always say why', () => {
  for (const state of RESOURCE_STATES) {
    const before = { ...statusOf(SHOP, undefined, { finding: 'serving' }), state };
    for (const finding of Object.keys(TRANSITIONS[state]) as Finding[]) {
      const status = statusOf(SHOP, before, { finding });
      const needsReason = status.state === 'Degraded' || status.state === 'Failed';
      expect(status.reason !== undefined).toBe(needsReason);
    }
  }
});

test('a deleted and recreated resource starts at Pending', () => {
  const before = statusOf({ ...SHOP, isDeleting: true }, undefined, { finding: 'deleting' });
  expect(statusOf(SHOP, before, { finding: 'starting' }).state).toBe('Starting');
});
