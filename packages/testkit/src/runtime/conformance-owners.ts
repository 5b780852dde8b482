import { expect, test } from 'vitest';

import { ask, mirror, type RuntimeBench, untilReplicas } from './runtime-bench.ts';

export function testOwners(createBench: () => Promise<RuntimeBench>): void {
  test('kept workloads continue, and the next manager adopts them without a restart', async () => {
    await using bench = await createBench();
    const first = await bench.open();
    await first.apply(mirror(3));
    const before = await untilReplicas(bench, first, mirror(3), {
      count: 3,
      state: 'ready',
    });
    const pids = await Promise.all(before.map(async (replica) => (await ask(replica)).pid));
    await first.stop({ keep: true });
    expect((await ask(before[0])).pid).toBe(pids[0]);

    const second = await bench.open();
    expect(await second.list()).toEqual([{ kind: 'mirror', name: 'airports' }]);
    await second.apply(mirror(3));
    const after = await untilReplicas(bench, second, mirror(3), {
      count: 3,
      state: 'ready',
    });
    expect(after).toEqual(before);
    expect(await Promise.all(after.map(async (replica) => (await ask(replica)).pid))).toEqual(pids);
  });

  test('an adopted replica is replaced if its workload has changed', async () => {
    await using bench = await createBench();
    const first = await bench.open();
    await first.apply(mirror(2));
    await untilReplicas(bench, first, mirror(2), { count: 2, state: 'ready' });
    await first.stop({ keep: true });
    const second = await bench.open();
    await second.apply(mirror(1, 'changed'));
    const [left] = await untilReplicas(bench, second, mirror(1), {
      count: 1,
      state: 'ready',
    });
    expect(await ask(left)).toMatchObject({ greeting: 'changed', starts: 2 });
  });

  test('workloads that are not kept stop, and restart with their data at their address', async () => {
    await using bench = await createBench();
    const first = await bench.open();
    await first.apply(mirror(1));
    const [before] = await untilReplicas(bench, first, mirror(1), {
      count: 1,
      state: 'ready',
    });
    await first.stop({ keep: false });
    await expect(ask(before)).rejects.toThrow('fetch failed');

    const second = await bench.open();
    expect(await second.list()).toEqual([{ kind: 'mirror', name: 'airports' }]);
    expect(await second.addresses(mirror(1))).toEqual([before?.address]);
    await second.apply(mirror(1));
    const [after] = await untilReplicas(bench, second, mirror(1), {
      count: 1,
      state: 'ready',
    });
    expect(await ask(after)).toMatchObject({ starts: 2 });
  });

  test('an adopted workload can be removed at once', async () => {
    await using bench = await createBench();
    const first = await bench.open();
    await first.apply(mirror(2));
    const [before] = await untilReplicas(bench, first, mirror(2), {
      count: 2,
      state: 'ready',
    });
    await first.stop({ keep: true });
    const second = await bench.open();
    await second.remove(mirror(2));
    expect(await second.list()).toEqual([]);
    await expect(ask(before)).rejects.toThrow('fetch failed');
  });
}
