import { expect, test } from 'vitest';

import { eventually } from '../basics/eventually.ts';
import { ask, crash, gateway, mirror, type RuntimeBench, untilReplicas } from './runtime-bench.ts';

export function testFailures(createBench: () => Promise<RuntimeBench>): void {
  test('a crashed replica restarts at its address with its data, and is counted', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    await runtime.apply(mirror(1));
    const [before] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
    const reasons = new Set<string>();
    const end = runtime.onChange(({ kind, name }) => {
      void runtime.observe({ kind, name }).then((seen) => {
        reasons.add(seen?.replicas[0]?.reason ?? '');
      });
    });
    await crash(before);
    await eventually(async () => {
      expect(await ask(before)).toMatchObject({ starts: 2 });
    }, bench.patienceMs);
    const [after] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
    end();
    expect(after).toMatchObject({ restarts: 1, address: before?.address });
    expect([...reasons].some((reason) => /exit code 7[^]*told to crash/.test(reason))).toBe(true);
  });

  test('F54: a replica that crashes repeatedly is failed with its reason, and is still restarted', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    const workload = gateway({ SMALL_FAILS: '1' });
    await runtime.apply(workload);
    const [failed] = await untilReplicas(bench, runtime, workload, { count: 1, state: 'failed' });
    expect(failed?.reason).toContain('exit code 3');
    expect(failed?.reason).toContain('something is missing here');
    await eventually(async () => {
      const [later] = (await runtime.observe(workload))?.replicas ?? [];
      expect(later?.state).toBe('failed');
      expect(later?.restarts).toBeGreaterThan(failed?.restarts ?? 0);
    }, bench.patienceMs);
  });

  test('a failed replica runs as soon as its workload is corrected', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    const workload = gateway({ SMALL_FAILS: '1' });
    await runtime.apply(workload);
    await untilReplicas(bench, runtime, workload, { count: 1, state: 'failed' });
    await runtime.apply(gateway());
    const [replica] = await untilReplicas(bench, runtime, workload, { count: 1, state: 'ready' });
    expect(replica).toMatchObject({ restarts: 0 });
    expect(replica?.reason).toBeUndefined();
  });

  test('an application that fails is reported with the last lines of its output', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    const application = {
      kind: 'application',
      name: 'enrich',
      replicas: 1,
      environment: {},
      program: bench.program(['--fails']),
    } as const;
    await runtime.apply(application);
    const [failed] = await untilReplicas(bench, runtime, application, {
      count: 1,
      state: 'failed',
    });
    expect(failed?.reason).toContain('exit code 4');
    expect(failed?.reason).toContain('the input topic is missing');
  });

  test('a name that leads out of the directory is rejected', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    for (const name of ['../../etc', 'a/b', '', '.', 'A', 'a'.repeat(64)]) {
      await expect(runtime.apply({ ...gateway(), name })).rejects.toThrow('a name begins with');
      await expect(runtime.remove({ kind: 'gateway', name })).rejects.toThrow('a name begins with');
    }
    expect(await runtime.list()).toEqual([]);
  });
}
