import { expect, test } from 'vitest';

import type { ManagerClient } from '../manager/manager-client.ts';
import { applyAll } from './apply-all.ts';

test('a gateway before its topics and mirrors has no warnings about them', async () => {
  const about = (topic: string): string => `Topic ${topic} has no range index.`;
  const printed: string[] = [];
  const specs = [
    { kind: 'gateway', name: 'shop', body: {}, uses: [] },
    { kind: 'topic', name: 'products', body: {}, uses: [] },
    {
      kind: 'mirror',
      name: 'prices',
      body: {},
      uses: [{ kind: 'topic', name: 'price-changes', isOfPart: false }],
    },
  ] as const;
  const warnings = ['products', 'price-changes', 'orders'].map(about);
  const put: ManagerClient['put'] = () =>
    Promise.resolve({ result: 'created', resource: { version: 1, spec: {} }, warnings });
  await applyAll({
    specs,
    live: { resources: [] },
    removals: [],
    // `applyAll` calls no other method here.
    manager: { put } as Pick<ManagerClient, 'put'> as ManagerClient,
    signal: new AbortController().signal,
    onChange: (change) => printed.push(`${change.name}: ${change.warnings.join(' ')}`),
  });
  expect(printed[0]).toBe(`shop: ${about('orders')}`);
});
