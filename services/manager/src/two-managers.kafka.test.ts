import { randomUUID } from 'node:crypto';

import { eventually } from '@quicksilver/testkit/eventually';
import { ManagerBench } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

/** Kafka makes a topic more slowly than anything else here is made. */
const TOPICS = 5;
const NAMES = 50;
const CREATES = 20;

test('I-K2: of 20 creates of each of 50 names through two managers exactly one succeeds', async () => {
  await using bench = await ManagerBench.create();
  await using one = await bench.start();
  await using two = await bench.start();
  const names = Array.from({ length: NAMES }, (_none, at) => unique(`name${at}`));
  const create = async (name: string, kind: 'topic' | 'gateway'): Promise<void> => {
    const answers = await Promise.all(
      Array.from({ length: CREATES }, (_none, at) => {
        const manager = at % 2 === 0 ? one : two;
        return kind === 'topic'
          ? manager.send('POST', `/topic/${name}?keyType=STRING&valueType=LONG`, {})
          : manager.send('POST', '/gateway', { name, replicas: (at % 3) + 1 });
      }),
    );
    const codes = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(codes, name).toEqual([201, ...Array(CREATES - 1).fill(409)]);
  };
  for (let at = 0; at < NAMES; at += 10) {
    await Promise.all(
      names.slice(at, at + 10).map((name, of) => create(name, of === 0 ? 'topic' : 'gateway')),
    );
  }
  const listed = async (path: string): Promise<string[]> =>
    ((await two.send('GET', path)).json() as { name: string }[]).map(({ name }) => name);
  const topics = names.filter((_name, at) => at % 10 === 0);
  expect(topics).toHaveLength(TOPICS);
  // What the other manager has answered is read by this one a moment later.
  await eventually(async () => {
    expect(await listed('/topics')).toEqual(topics.toSorted());
    expect(await listed('/gateways')).toEqual(
      names.filter((name) => !topics.includes(name)).toSorted(),
    );
  });
  const gone = await Promise.all(topics.map((name) => one.send('DELETE', `/topic/${name}`)));
  expect(gone.map(({ status }) => status)).toEqual(Array(TOPICS).fill(200));
}, 180_000);

test('a manager that follows takes over what the other one has begun', async () => {
  await using bench = await ManagerBench.create();
  const one = await bench.start();
  await using two = await bench.start();
  const name = unique('shop');
  expect((await one.send('POST', '/gateway', { name })).status).toBe(201);
  const status = async (): Promise<unknown> => (await two.send('GET', '/status')).json();
  await eventually(async () => {
    expect(await status()).toMatchObject({ manager: { isLeader: false }, resources: [{ name }] });
  });
  const leaderLogs = await two.send('GET', `/logs/gateway/${name}`);
  expect(leaderLogs.json()).toMatchObject({ code: 503, errorCode: 'NOT_LEADER' });
  await one.stop();
  await eventually(async () =>
    expect(await status()).toMatchObject({ manager: { isLeader: true } }),
  );
  expect((await two.send('DELETE', `/gateway/${name}`)).status).toBe(200);
  expect([...bench.runtime.workloads.keys()]).toEqual([]);
});
