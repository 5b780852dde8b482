import { randomUUID } from 'node:crypto';

import { eventually } from '@quicksilver/testkit/eventually';
import { ManagerBench, type TestManager } from '@quicksilver/testkit/test-manager';
import { expect, test } from 'vitest';

import { STEP_POINTS, type StepPoint } from './reconcile/steps.ts';

const DEADLINE_MS = 60_000;
/** Requests to a dead manager end by its short patience. */
const MORTAL = { QUICK_MANAGER_WAIT_MS: '700' };
const name = (): string => `k-${randomUUID().slice(0, 8)}`;
const exists = async ({ admin }: ManagerBench, topic: string): Promise<boolean> =>
  (await admin.describe(topic, AbortSignal.timeout(20_000))) !== undefined;

/** What there is of a topic and of a gateway of the same name. */
async function tracesOf(bench: ManagerBench, of: string): Promise<Record<string, boolean>> {
  await bench.caughtUp();
  return {
    inKafka: await exists(bench, of),
    inRegistry: bench.registry.get(of) !== undefined,
    isMirrored: bench.services.mirrorOf(of) !== undefined,
    isGateway: bench.services.gateway(of) !== undefined,
    runs: [...bench.runtime.workloads.keys()].some((key) => key === `gateway/${of}`),
  };
}

const all = (value: boolean): Record<string, boolean> =>
  Object.fromEntries(
    ['inKafka', 'inRegistry', 'isMirrored', 'isGateway', 'runs'].map((key) => [key, value]),
  );

/** What is deleted has no part in it any more. */
async function expectAllRunning(manager: TestManager): Promise<void> {
  const { resources } = (await manager.send('GET', '/status')).json() as {
    resources: { name: string; status: { state: string } | null }[];
  };
  expect(resources.filter(({ status }) => status?.state !== 'Running')).toEqual([]);
}

/** Asks a manager for something; whether it died of it. */
async function live(
  bench: ManagerBench,
  dieAt: StepPoint | undefined,
  requests: readonly Parameters<TestManager['send']>[],
): Promise<boolean> {
  const manager = await bench.start(dieAt === undefined ? {} : { env: MORTAL, dieAt });
  await Promise.allSettled(requests.map((request) => manager.send(...request)));
  // On a slow machine it is still on its way, to its end or to that of its work.
  await eventually(async () => {
    if (!manager.isDead()) {
      await expectAllRunning(manager);
    }
  }, DEADLINE_MS);
  await manager.stop();
  return manager.isDead();
}

const createBoth = (bench: ManagerBench, of: string, dieAt?: StepPoint): Promise<boolean> =>
  live(bench, dieAt, [
    ['POST', `/topic/${of}?keyType=STRING&valueType=LONG`, {}],
    ['POST', '/gateway', { name: of }],
  ]);

const deleteBoth = (bench: ManagerBench, of: string, dieAt?: StepPoint): Promise<boolean> =>
  live(bench, dieAt, [
    ['DELETE', `/topic/${of}`],
    ['DELETE', `/gateway/${of}`],
  ]);

// Side by side: most of the time they wait for the end of a dead manager's patience.
test.concurrent.each(STEP_POINTS)(
  'I-K1: a manager killed %s leaves what the next one completes',
  async (at) => {
    await using bench = await ManagerBench.create();
    const [created, deleted] = [name(), name()];
    await createBoth(bench, deleted);
    expect(await tracesOf(bench, deleted)).toEqual(all(true));
    const deaths = [await createBoth(bench, created, at), await deleteBoth(bench, deleted, at)];
    expect(deaths).toContain(true);
    await using next = await bench.start();
    await eventually(async () => {
      await expectAllRunning(next);
      // What was never asked for because the manager had died before is not there.
      expect(await tracesOf(bench, created)).toEqual(all(true));
      expect(await tracesOf(bench, deleted)).toEqual(all(false));
    }, DEADLINE_MS);
    await Promise.all([
      next.send('DELETE', `/topic/${created}`),
      next.send('DELETE', `/gateway/${created}`),
    ]);
    expect(await tracesOf(bench, created)).toEqual(all(false));
    expect([...bench.runtime.workloads.keys()]).toEqual([]);
  },
  180_000,
);

test('I-K5: a deleted and recreated resource shows nothing of the old one', async () => {
  await using bench = await ManagerBench.create();
  await using manager = await bench.start();
  const topic = name();
  const ids = new Set<string>();
  for (let round = 0; round < 30; round += 1) {
    const made = await manager.send('POST', `/topic/${topic}?keyType=STRING&valueType=LONG`, {});
    expect(made.status).toBe(201);
    const described = await bench.admin.describe(topic, AbortSignal.timeout(20_000));
    ids.add(described?.topicId ?? '');
    expect((await manager.send('DELETE', `/topic/${topic}`)).status).toBe(200);
    expect(await tracesOf(bench, topic)).toEqual(all(false));
  }
  expect(ids.size).toBe(30);
}, 180_000);
