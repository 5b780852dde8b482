import { expect, test } from 'vitest';

import { eventually } from '../basics/eventually.ts';
import {
  ask,
  gateway,
  linesOf,
  mirror,
  type RuntimeBench,
  untilReplicas,
} from './runtime-bench.ts';

export function testRunning(createBench: () => Promise<RuntimeBench>): void {
  test('a workload that was never applied does not exist, and its removal succeeds', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    const id = { kind: 'gateway', name: 'nobody' } as const;
    expect(await runtime.observe(id)).toBeUndefined();
    await runtime.remove(id);
    expect(await runtime.list()).toEqual([]);
  });

  test('every replica serves at the address that was reported before its start', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    const addresses = await runtime.addresses(mirror(3));
    expect(new Set(addresses).size).toBe(3);
    await runtime.apply(mirror(3));
    const replicas = await untilReplicas(bench, runtime, mirror(3), { count: 3, state: 'ready' });
    expect(replicas.map(({ ordinal, address }) => ({ ordinal, address }))).toEqual(
      addresses.map((address, ordinal) => ({ ordinal, address })),
    );
    expect(await ask(replicas[2])).toMatchObject({ starts: 1, greeting: 'hello' });
    expect(await runtime.list()).toEqual([{ kind: 'mirror', name: 'airports' }]);
  });

  test('a service that is not ready is reported as not ready, with its reason', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    const workload = gateway({ SMALL_NOT_READY: 'no schema yet' });
    await runtime.apply(workload);
    await eventually(async () => {
      const [replica] = (await runtime.observe(workload))?.replicas ?? [];
      expect(replica).toMatchObject({ state: 'starting', reason: 'no schema yet' });
    }, bench.patienceMs);
  });

  test('an application gets its arguments and its environment, and nothing from the manager', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    const args = ['--input-topics', 'flights, "quoted" $HOME', ''];
    const application = {
      kind: 'application',
      name: 'enrich',
      replicas: 1,
      environment: { QUICK_KAFKA_BOOTSTRAP_SERVER: 'kafka:9092' },
      program: bench.program(args),
    } as const;
    await runtime.apply(application);
    await untilReplicas(bench, runtime, application, { count: 1, state: 'ready' });
    // It counts as ready once it runs, whether it has written anything yet or not.
    await eventually(async () => {
      expect(await linesOf(runtime, application)).toEqual([
        `arguments ${JSON.stringify(args)}`,
        'kafka kafka:9092',
        'secret unknown',
      ]);
    }, bench.patienceMs);
  });

  test('a log has its last lines, then all later output', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    await runtime.apply(gateway());
    const [replica] = await untilReplicas(bench, runtime, gateway(), { count: 1, state: 'ready' });
    const stop = new AbortController();
    const seen: string[] = [];
    const options = { lines: 1, follow: true, signal: stop.signal };
    const following = (async () => {
      for await (const line of runtime.logs(gateway(), 0, options)) {
        seen.push(line);
      }
    })();
    await eventually(() => expect(seen).toHaveLength(1), bench.patienceMs);
    await fetch(`http://${replica?.address}/write`);
    await eventually(() => expect(seen).toHaveLength(101), bench.patienceMs);
    stop.abort();
    await following;
    expect(seen[0]).toBe('start 1 of these data, greeting none');
  });

  test('the log of a missing replica is rejected', async () => {
    await using bench = await createBench();
    const runtime = await bench.open();
    await expect(linesOf(runtime, gateway())).rejects.toThrow('does not exist. GET /status');
  });
}
