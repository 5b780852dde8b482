import { randomUUID } from 'node:crypto';

import { eventually } from '@quicksilver/testkit/eventually';
import { ManagerBench } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

test('I-K2: of 20 creates of one name through two managers exactly one succeeds', async () => {
  await using bench = await ManagerBench.create();
  await using one = await bench.start();
  await using two = await bench.start();
  const names = Array.from({ length: 5 }, (_none, at) => unique(`name${at}`));
  for (const name of names) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, at) => {
        const manager = at % 2 === 0 ? one : two;
        return at % 4 < 2
          ? manager.send('POST', `/topic/${name}?keyType=STRING&valueType=LONG`, {})
          : manager.send('POST', '/gateway', { name, replicas: (at % 3) + 1 });
      }),
    );
    const codes = answers.map(({ status }) => status);
    const topics = codes.filter((_code, at) => at % 4 < 2);
    const gateways = codes.filter((_code, at) => at % 4 >= 2);
    for (const tries of [topics, gateways]) {
      expect(tries.toSorted((a, b) => a - b)).toEqual([201, ...Array(9).fill(409)]);
    }
  }
  const listed = (await two.send('GET', '/topics')).json() as { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual(names.toSorted());
  for (const name of names) {
    expect((await one.send('DELETE', `/topic/${name}?force=true`)).status).toBe(200);
  }
});

test('a manager that follows takes over what the other one has begun', async () => {
  await using bench = await ManagerBench.create();
  const one = await bench.start();
  await using two = await bench.start();
  const name = unique('shop');
  expect((await one.send('POST', '/gateway', { name })).status).toBe(201);
  const status = async (): Promise<unknown> => (await two.send('GET', '/status')).json();
  expect(await status()).toMatchObject({ manager: { isLeader: false }, resources: [{ name }] });
  const leaderLogs = await two.send('GET', `/logs/gateway/${name}`);
  expect(leaderLogs.json()).toMatchObject({ code: 503, errorCode: 'NOT_LEADER' });
  await one.stop();
  await eventually(
    async () => expect(await status()).toMatchObject({ manager: { isLeader: true } }),
    5_000,
  );
  expect((await two.send('DELETE', `/gateway/${name}`)).status).toBe(200);
  expect([...bench.runtime.workloads.keys()]).toEqual([]);
});
