import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { registerTopics } from '@quicksilver/testkit/register-topics';
import { ProcessBench } from '@quicksilver/testkit/runtime/process-bench';
import { linesOf, untilReplicas } from '@quicksilver/testkit/runtime/runtime-bench';
import { expect, test } from 'vitest';

import type { Workload } from '../runtime.ts';

// Two starts of real services on a busy machine.
test(
  'a real mirror runs, is taken over as it is, and starts again on its data after it was killed',
  { timeout: 90_000 },
  async () => {
    const topic = uniqueTopic('runtime');
    const registry = `__registry-${randomUUID()}`;
    await registerTopics({ broker: testBroker(), registry, topics: [{ name: topic }] });
    await using bench = await ProcessBench.create();
    const options = {
      serviceMain: (kind: string) =>
        fileURLToPath(new URL(`../../../../${kind}/src/main.ts`, import.meta.url)),
      serviceEnvironment: {
        NODE_ENV: 'production',
        QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
        QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
      },
    };
    const workload: Workload = {
      kind: 'mirror',
      name: 'flights',
      replicas: 1,
      // Without a name, the mirror hosts the topics in its environment and does not read the
      // service directory.
      environment: { QUICK_MIRROR_NAME: '', QUICK_MIRROR_TOPICS: topic },
    };
    const first = await bench.open(options);
    await first.apply(workload);
    const [before] = await untilReplicas({ patienceMs: 40_000 }, first, workload, {
      count: 1,
      state: 'ready',
    });
    const partitions = `http://${before?.address}/topics/${topic}/partitions`;
    expect((await call(partitions)).status).toBe(200);
    await first.stop({ keep: true });

    const second = await bench.open(options);
    await second.apply(workload);
    const [after] = await untilReplicas(bench, second, workload, { count: 1, state: 'ready' });
    expect(after).toEqual(before);
    const said = (await linesOf(second, workload)).find((line) => line.includes('"pid"'));
    const { pid } = JSON.parse(said ?? '{}') as { readonly pid: number };
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      expect((await second.observe(workload))?.replicas).toMatchObject([
        { state: 'ready', restarts: 1 },
      ]);
    }, 40_000);
    expect((await call(partitions)).status).toBe(200);
  },
);
