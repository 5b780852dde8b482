import { watchParent } from '@quicksilver/common/lifecycle/parent-watch';
import type { Workload } from '@quicksilver/manager/runtime/runtime';

import { ProcessBench, SHORT_TIMINGS } from './process-bench.ts';

/**
 * A manager that can be killed. It runs workloads from a directory and prints `ready` when they
 * run. With `remove` as the third argument it then removes them. With `churn` it creates, changes
 * and removes them forever after `ready`.
 */
const [directory = '', workloadsJson = '[]', then] = process.argv.slice(2);
// A long drain, so that removed replicas still run while the test checks them.
const timings = then === 'remove' ? { ...SHORT_TIMINGS, drainMs: 120_000 } : SHORT_TIMINGS;
const runtime = await ProcessBench.over(directory).open({ timings });
// Written by the test.
const workloads = JSON.parse(workloadsJson) as readonly Workload[];
for (const workload of workloads) {
  await runtime.apply(workload);
}
if (then === 'churn') {
  process.stdout.write('ready\n');
  for (let round = 0; ; round += 1) {
    for (const workload of workloads) {
      const environment = { SMALL_GREETING: String(round) };
      await runtime.apply({ ...workload, environment, replicas: 1 + (round % workload.replicas) });
      if (round % 3 === 2) {
        await runtime.remove(workload);
      }
    }
  }
}
const timer = setInterval(() => {
  void (async () => {
    const states = await Promise.all(workloads.map((workload) => runtime.observe(workload)));
    if (states.every((state) => state?.replicas.every((replica) => replica.state === 'ready'))) {
      clearInterval(timer);
      process.stdout.write('ready\n');
      if (then === 'remove') {
        await Promise.all(workloads.map((workload) => runtime.remove(workload)));
      }
    }
  })();
}, 20);
// It lives until it is killed, or until its test is gone.
setInterval(() => {}, 1_000);
watchParent(process, { graceMs: 0, onGone: () => {} });
