import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { RUN_MARK } from '@quicksilver/manager/runtime/process/run-mark';
import { type RunRecord, writeRunRecord } from '@quicksilver/manager/runtime/process/run-record';
import { eventually } from '@quicksilver/testkit/eventually';
import { ProcessBench } from '@quicksilver/testkit/runtime/process-bench';
import {
  ask,
  gateway,
  linesOf,
  mirror,
  untilReplicas,
} from '@quicksilver/testkit/runtime/runtime-bench';
import { expect, test } from 'vitest';

import { recordOf, isAlive, readRecord, startInnocent } from './process-facts.ts';

test('a child that was started but not yet recorded when the manager was killed is ended', async () => {
  await using bench = await ProcessBench.create();
  const first = await bench.open();
  await first.addresses(mirror(1));
  await first.stop({ keep: false });
  await using orphan = startInnocent({ [RUN_MARK]: 'the-run' });
  await writeRunRecord(recordOf(bench), {
    ...(await readRecord(bench)),
    run: { id: 'the-run', digest: 'of-it', command: ['node'] },
  });
  await bench.open({ timings: { drainMs: 100 } });
  expect(await isAlive(orphan.pid ?? 0)).toBe(false);
});

test.each(['removed', 'killed'] as const)(
  'what a program started itself ends when the program is %s',
  async (how) => {
    await using bench = await ProcessBench.create();
    const runtime = await bench.open();
    const application = {
      kind: 'application',
      name: 'enrich',
      replicas: 1,
      environment: {},
      program: bench.program(['--with-child']),
    } as const;
    await runtime.apply(application);
    const childPid = async (): Promise<number> =>
      Number(
        (await linesOf(runtime, application))
          .findLast((line) => line.startsWith('child'))
          ?.slice(6),
      );
    const pid = await eventually(async () => {
      expect(await childPid()).toBeGreaterThan(0);
      return await childPid();
    }, bench.patienceMs);
    if (how === 'removed') {
      await runtime.remove(application);
    } else {
      const file = join(bench.directory, 'application', 'enrich', '0', 'run.json');
      const record = JSON.parse(await readFile(file, 'utf8')) as RunRecord;
      process.kill(record.run?.process?.pid ?? 0, 'SIGKILL');
      await eventually(async () => expect(await childPid()).not.toBe(pid), bench.patienceMs);
    }
    await eventually(async () => expect(await isAlive(pid)).toBe(false), bench.patienceMs);
  },
);

test('a program that does not heed SIGTERM is killed at the deadline', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ timings: { drainMs: 200, settleMs: 200 } });
  const script =
    'process.on("SIGTERM", () => console.log("never")); setInterval(() => {}, 1000); console.log("deaf")';
  const application = {
    kind: 'application',
    name: 'stubborn',
    replicas: 1,
    environment: {},
    program: { command: [process.execPath, '-e', script] },
  } as const;
  await runtime.apply(application);
  // It counts as ready once it runs, which may be before it has made itself deaf.
  await eventually(async () => {
    expect(await linesOf(runtime, application)).toContain('deaf');
  }, bench.patienceMs);
  const began = performance.now();
  await runtime.remove(application);
  // Timers count whole milliseconds.
  expect(performance.now() - began).toBeGreaterThan(198);
  expect(await runtime.observe(application)).toBeUndefined();
});

test('a service keeps running if its output cannot be rotated', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ output: { bytesMax: 1_000, filesMax: 1 } });
  await runtime.apply(mirror(1));
  const [before] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  const log = join(bench.directory, 'mirror', 'airports', '0', 'log');
  await mkdir(join(log, 'out.log.1', 'in-the-way'), { recursive: true });
  await fetch(`http://${before?.address}/write`);
  const answer = await ask(before);
  await eventually(async () => {
    expect((await runtime.observe(mirror(1)))?.replicas).toMatchObject([{ state: 'ready' }]);
  }, bench.patienceMs);
  await rm(join(log, 'out.log.1'), { recursive: true });
  await eventually(async () => {
    expect((await readFile(join(log, 'out.log'))).length).toBeLessThan(1_000);
  }, bench.patienceMs);
  expect(await ask(before)).toEqual(answer);
});

test('a port that another program has taken is given up for another, and addresses say so', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open();
  const [address = ''] = await runtime.addresses(mirror(1));
  const port = Number(address.split(':')[1]);
  const thief = createServer((_request, response) => response.end('stolen')).listen(
    port,
    '127.0.0.1',
  );
  await once(thief, 'listening');
  await runtime.apply(mirror(1));
  const [replica] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  expect(replica?.address).not.toBe(address);
  expect(await runtime.addresses(mirror(1))).toEqual([replica?.address]);
  expect(await ask(replica)).toMatchObject({ starts: 1 });
  thief.close();
});

test('an unreadable record costs the ports, not the data', async () => {
  await using bench = await ProcessBench.create();
  const first = await bench.open();
  await first.apply(mirror(1));
  await untilReplicas(bench, first, mirror(1), { count: 1, state: 'ready' });
  await first.stop({ keep: false });
  await writeFile(recordOf(bench), '{"ports": {"serv');
  const second = await bench.open();
  await second.apply(mirror(1));
  const [replica] = await untilReplicas(bench, second, mirror(1), { count: 1, state: 'ready' });
  expect(await ask(replica)).toMatchObject({ starts: 2 });
});

test('a replica runs and stops even if its files were deleted by hand', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open();
  await runtime.apply(mirror(1));
  const [replica] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  const { pid } = await ask(replica);
  // Something may be written there meanwhile.
  const byHand = { recursive: true, maxRetries: 20 };
  await rm(join(bench.directory, 'mirror'), byHand);
  process.kill(pid, 'SIGKILL');
  await eventually(async () => {
    const answer = await ask(replica);
    expect(answer).toMatchObject({ starts: 1 });
    expect(answer.pid).not.toBe(pid);
  }, bench.patienceMs);
  await rm(join(bench.directory, 'mirror'), byHand);
  await runtime.remove(mirror(1));
  expect(await runtime.list()).toEqual([]);
});

test('a link in the place of a directory is refused, and nothing behind it is touched', async () => {
  await using bench = await ProcessBench.create();
  await using other = await ProcessBench.create();
  await writeFile(join(other.directory, 'precious'), 'data');
  await mkdir(join(bench.directory, 'gateway'), { recursive: true });
  await symlink(other.directory, join(bench.directory, 'gateway', 'flights'));
  const runtime = await bench.open();
  await expect(runtime.apply(gateway())).rejects.toThrow('is a link to');
  await runtime.remove(gateway());
  expect(await readdir(other.directory)).toContain('precious');
  await rm(join(bench.directory, 'gateway'), { recursive: true });
});

test('a program that is not on this machine is refused with its name', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open();
  const application = {
    kind: 'application',
    name: 'enrich',
    replicas: 1,
    environment: {},
  } as const;
  await expect(
    runtime.apply({ ...application, program: { command: ['no-such-program'] } }),
  ).rejects.toThrow('The program "no-such-program" of application');
  const containers = { command: ['no-such-engine'] };
  await runtime.stop({ keep: false });
  const without = await bench.open({ containers });
  await expect(
    without.apply({ ...application, program: { image: 'a:1', arguments: [] } }),
  ).rejects.toThrow(
    /needs a container engine such as docker or podman, and none works here \(no-such-engine:/,
  );
});

test('the runtime refuses more replicas than the machine carries, and fewer are accepted again', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ replicasMax: 3 });
  await runtime.apply(mirror(2));
  const refusal = {
    code: 'CANNOT_RUN_HERE',
    message: expect.stringContaining('This machine carries 3 replicas. 2 exist'),
  };
  await expect(runtime.apply({ ...gateway(), replicas: 2 })).rejects.toMatchObject(refusal);
  await expect(runtime.addresses({ ...gateway(), replicas: 55 })).rejects.toMatchObject(refusal);
  await runtime.apply(gateway());
  await expect(runtime.apply(mirror(3))).rejects.toMatchObject({ code: 'CANNOT_RUN_HERE' });
  await runtime.apply(mirror(1));
  await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
});
