import { expect, test } from 'vitest';

import { eventually } from '../basics/eventually.ts';
import { ask, linesOf, mirror, type RuntimeBench, untilReplicas } from './runtime-bench.ts';

export function testChanges(createBench: () => Promise<RuntimeBench>): void {
  test('an unchanged workload restarts nothing', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    await runtime.apply(mirror(2));
    const before = await untilReplicas(bench, runtime, mirror(2), { count: 2, state: 'ready' });
    const pids = await Promise.all(before.map(async (replica) => (await ask(replica)).pid));
    await runtime.apply(mirror(2));
    await runtime.apply({ ...mirror(2) });
    const after = await untilReplicas(bench, runtime, mirror(2), { count: 2, state: 'ready' });
    expect(await Promise.all(after.map(async (replica) => (await ask(replica)).pid))).toEqual(pids);
    expect(after.map(({ restarts }) => restarts)).toEqual([0, 0]);
  });

  test('a changed workload reaches every replica while all but one keep serving', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    await runtime.apply(mirror(3));
    const replicas = await untilReplicas(bench, runtime, mirror(3), { count: 3, state: 'ready' });
    await runtime.apply(mirror(3, 'changed'));
    const answers = await eventually(async () => {
      const replies = await Promise.all(replicas.map(ask));
      expect(replies.map(({ greeting }) => greeting)).toEqual(['changed', 'changed', 'changed']);
      return replies;
    }, bench.patienceMs);
    const gaps = answers.map(({ moments }) => gapOf(moments)).toSorted((a, b) => a.from - b.from);
    for (const [at, { from }] of gaps.entries()) {
      expect(from).toBeGreaterThan(gaps[at - 1]?.to ?? 0);
    }
    const after = await untilReplicas(bench, runtime, mirror(3), { count: 3, state: 'ready' });
    expect(after.map(({ address }) => address)).toEqual(replicas.map(({ address }) => address));
  });

  test('with fewer replicas the highest ordinals stop, and the others are not touched', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    await runtime.apply(mirror(3));
    const [first] = await untilReplicas(bench, runtime, mirror(3), { count: 3, state: 'ready' });
    const { pid } = await ask(first);
    await runtime.apply(mirror(1));
    const [left] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
    expect(left?.ordinal).toBe(0);
    expect((await ask(left)).pid).toBe(pid);
  });

  test('the address of an ordinal is that of its new replica, even while the old one stops', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    await runtime.apply(mirror(2));
    await untilReplicas(bench, runtime, mirror(2), { count: 2, state: 'ready' });
    await runtime.apply(mirror(1));
    const addresses = await runtime.addresses(mirror(2));
    await runtime.apply(mirror(2));
    const replicas = await untilReplicas(bench, runtime, mirror(2), { count: 2, state: 'ready' });
    expect(replicas.map(({ address }) => address)).toEqual(addresses);
  });

  test('a replica that is removed and created again has none of its old data', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    for (const count of [2, 1, 2]) {
      await runtime.apply(mirror(count));
      await untilReplicas(bench, runtime, mirror(count), { count, state: 'ready' });
    }
    expect(await linesOf(runtime, mirror(2), 1)).toEqual(['start 1 of these data, greeting hello']);
  });

  test('I-K5: a workload that is created, removed and created again has none of its old data', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    for (let round = 0; round < 3; round += 1) {
      await runtime.apply(mirror(2));
      const replicas = await untilReplicas(bench, runtime, mirror(2), { count: 2, state: 'ready' });
      const answers = await Promise.all(replicas.map(ask));
      expect(answers.map(({ starts }) => starts)).toEqual([1, 1]);
      await runtime.remove(mirror(2));
      expect(await runtime.observe(mirror(2))).toBeUndefined();
      expect(await runtime.list()).toEqual([]);
      await expect(ask(replicas[0])).rejects.toThrow('fetch failed');
    }
  });
}

/** From when a replica that was changed once was asked to end until it served again. */
function gapOf(moments: readonly string[]): { readonly from: number; readonly to: number } {
  expect(moments.map((moment) => moment.split(' ')[0])).toEqual(['serves', 'ends', 'serves']);
  const [, from = 0, to = 0] = moments.map((moment) => Number(moment.split(' ')[1]));
  return { from, to };
}
