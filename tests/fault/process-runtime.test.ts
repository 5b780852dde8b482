import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

import type { Workload } from '@quicksilver/manager/runtime/runtime';
import { endLeftovers } from '@quicksilver/manager/runtime/process/end-leftovers';
import { identityOf } from '@quicksilver/manager/runtime/process/process-identity';
import { RUN_MARK } from '@quicksilver/manager/runtime/process/run-mark';
import { type RunRecord, writeRunRecord } from '@quicksilver/manager/runtime/process/run-record';

const ENVIRONMENT = { machineEnvironment: { PATH: '/usr/bin:/bin' } };
const pathOf = (file: string): string => fileURLToPath(import.meta.resolve(file));
const recordOf = (bench: ProcessBench, ordinal = 0): string =>
  join(bench.directory, 'mirror', 'airports', String(ordinal), 'run.json');
const isAlive = async (pid: number): Promise<boolean> => (await identityOf(pid)) !== undefined;

async function readRecord(bench: ProcessBench, ordinal = 0): Promise<RunRecord> {
  return JSON.parse(await readFile(recordOf(bench, ordinal), 'utf8')) as RunRecord;
}

/** A process that has nothing to do with any runtime; ended with the test. */
function startInnocent(env: Record<string, string> = {}): ChildProcess & AsyncDisposable {
  const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', script], { env, detached: true, stdio: 'ignore' });
  return Object.assign(child, {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  });
}

/** A manager in a process of its own; resolves once its workloads are ready. */
async function startOwner(
  bench: ProcessBench,
  workloads: readonly Workload[],
  then = 'stay',
): Promise<ChildProcess> {
  const main = pathOf('@quicksilver/testkit/runtime/runtime-owner');
  const args = [main, bench.directory, JSON.stringify(workloads), then];
  const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  await once(owner.stdout ?? owner, 'data');
  return owner;
}

async function kill(owner: ChildProcess): Promise<void> {
  owner.kill('SIGKILL');
  await once(owner, 'exit');
}

test('I-K4: after the manager was killed all three children run on and are taken over', async () => {
  await using bench = await ProcessBench.create();
  const owner = await startOwner(bench, [mirror(3)]);
  await kill(owner);
  const runtime = await bench.open();
  const pids = await Promise.all(
    [0, 1, 2].map(async (ordinal) => (await readRecord(bench, ordinal)).run?.process?.pid),
  );
  await runtime.apply(mirror(3));
  const replicas = await untilReplicas(bench, runtime, mirror(3), { count: 3, state: 'ready' });
  const answers = await Promise.all(replicas.map(ask));
  expect(answers.map(({ pid }) => pid)).toEqual(pids);
  expect(answers.map(({ starts }) => starts)).toEqual([1, 1, 1]);
});

test('one that was taken over and then crashes is started again', async () => {
  await using bench = await ProcessBench.create();
  await kill(await startOwner(bench, [mirror(1)]));
  const runtime = await bench.open();
  await runtime.apply(mirror(1));
  const [replica] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  process.kill((await ask(replica)).pid, 'SIGKILL');
  await eventually(async () => expect((await ask(replica)).starts).toBe(2), bench.patienceMs);
});

test('one that crashes before anybody has said what should run says so, and runs once it is said', async () => {
  await using bench = await ProcessBench.create();
  await kill(await startOwner(bench, [mirror(1)]));
  const runtime = await bench.open();
  process.kill((await readRecord(bench)).run?.process?.pid ?? 0, 'SIGKILL');
  await eventually(async () => {
    const [replica] = (await runtime.observe(mirror(1)))?.replicas ?? [];
    expect(replica).toMatchObject({ state: 'not-ready', reason: expect.stringContaining('ended') });
  }, bench.patienceMs);
  await runtime.apply(mirror(1));
  const [replica] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  expect(await ask(replica)).toMatchObject({ starts: 2 });
});

test('a manager killed while it removes: the next one finishes, and nothing is left', async () => {
  await using bench = await ProcessBench.create();
  const stubborn = { ...mirror(3), environment: { SMALL_STUBBORN: '1' } };
  const owner = await startOwner(bench, [stubborn], 'remove');
  const records = (): Promise<readonly RunRecord[]> =>
    Promise.all([0, 1, 2].map((ordinal) => readRecord(bench, ordinal)));
  await eventually(async () => {
    expect((await records()).every(({ isRemoving }) => isRemoving)).toBe(true);
  }, 2_000);
  const pids = (await records()).map(({ run }) => run?.process?.pid ?? 0);
  await kill(owner);
  expect(await Promise.all(pids.map(isAlive))).toEqual([true, true, true]);
  const runtime = await bench.open({ timings: { drainMs: 200 } });
  expect(await runtime.list()).toEqual([]);
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false]);
  expect(await readdir(join(bench.directory, 'mirror'))).toEqual([]);
});

test('a record that says so is enough to finish a removal at the start', async () => {
  await using bench = await ProcessBench.create();
  const first = await bench.open();
  await first.apply(mirror(1));
  await untilReplicas(bench, first, mirror(1), { count: 1, state: 'ready' });
  await first.stop({ keep: true });
  const record = await readRecord(bench);
  await writeRunRecord(recordOf(bench), { ...record, isRemoving: true });
  const second = await bench.open();
  expect(await second.list()).toEqual([]);
  expect(await readdir(join(bench.directory, 'mirror'))).toEqual([]);
  expect(await isAlive(record.run?.process?.pid ?? 0)).toBe(false);
});

test('I-K4: a process that has the id of a former child is never signalled', async () => {
  await using bench = await ProcessBench.create();
  await using innocent = startInnocent();
  const first = await bench.open();
  await first.apply(mirror(1));
  await untilReplicas(bench, first, mirror(1), { count: 1, state: 'ready' });
  await first.stop({ keep: false });
  const self = await identityOf(innocent.pid ?? 0);
  const run = { id: 'a-former-run', digest: 'of-it', command: ['node'] };
  const forged = [
    { pid: innocent.pid ?? 0, startedAt: '1', bootId: self?.bootId ?? '' },
    { pid: innocent.pid ?? 0, startedAt: self?.startedAt ?? '', bootId: 'of another day' },
  ];
  for (const recycled of forged) {
    const record = { ...(await readRecord(bench)), run: { ...run, process: recycled } };
    await writeRunRecord(recordOf(bench), record);
    expect(await endLeftovers(bench.directory, ENVIRONMENT)).toEqual([]);
    expect(await isAlive(innocent.pid ?? 0)).toBe(true);

    await writeRunRecord(recordOf(bench), record);
    const runtime = await bench.open();
    await runtime.apply(mirror(1));
    await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
    await runtime.stop({ keep: false });
    expect(await isAlive(innocent.pid ?? 0)).toBe(true);

    await writeRunRecord(recordOf(bench), { ...record, isRemoving: true });
    await (await bench.open()).stop({ keep: false });
    expect(await isAlive(innocent.pid ?? 0)).toBe(true);
    const again = await bench.open();
    await again.addresses(mirror(1));
    await again.stop({ keep: false });
  }
});

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
    expect(await isAlive(pid)).toBe(false);
  },
);

test('a program that does not heed SIGTERM is killed at the deadline', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ timings: { drainMs: 200, settleMs: 200 } });
  const script = 'process.on("SIGTERM", () => console.log("never")); setInterval(() => {}, 1000)';
  const application = {
    kind: 'application',
    name: 'stubborn',
    replicas: 1,
    environment: {},
    program: { command: [process.execPath, '-e', script] },
  } as const;
  await runtime.apply(application);
  await untilReplicas(bench, runtime, application, { count: 1, state: 'ready' });
  const began = performance.now();
  await runtime.remove(application);
  expect(performance.now() - began).toBeGreaterThan(200);
  expect(await runtime.observe(application)).toBeUndefined();
});

test('output that cannot be put aside costs nobody the service', async () => {
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
  }, 1_000);
  await rm(join(log, 'out.log.1'), { recursive: true });
  await eventually(async () => {
    expect((await readFile(join(log, 'out.log'))).length).toBeLessThan(1_000);
  }, bench.patienceMs);
  expect(await ask(before)).toEqual(answer);
});

test('a port that another program has taken is given up for another, and addresses say so', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open();
  const [told = ''] = await runtime.addresses(mirror(1));
  const port = Number(told.split(':')[1]);
  const thief = createServer((_request, response) => response.end('stolen')).listen(
    port,
    '127.0.0.1',
  );
  await once(thief, 'listening');
  await runtime.apply(mirror(1));
  const [replica] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  expect(replica?.address).not.toBe(told);
  expect(await runtime.addresses(mirror(1))).toEqual([replica?.address]);
  expect(await ask(replica)).toMatchObject({ starts: 1 });
  thief.close();
});

test('a record that nobody can read costs the ports, not the data', async () => {
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

test('files that somebody removed by hand keep a replica neither from running nor from going', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open();
  await runtime.apply(mirror(1));
  const [replica] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  const { pid } = await ask(replica);
  await rm(join(bench.directory, 'mirror'), { recursive: true });
  process.kill(pid, 'SIGKILL');
  await eventually(async () => {
    expect(await ask(replica)).toMatchObject({ starts: 1 });
  }, bench.patienceMs);
  await rm(join(bench.directory, 'mirror'), { recursive: true });
  await runtime.remove(mirror(1));
  expect(await runtime.list()).toEqual([]);
});

test('two managers never run services from one directory', async () => {
  await using bench = await ProcessBench.create();
  await using other = await ProcessBench.create();
  const runtime = await bench.open();
  await expect(other.open({ directory: bench.directory })).rejects.toThrow(
    `but process ${process.pid} does that already`,
  );
  await expect(endLeftovers(bench.directory, ENVIRONMENT)).rejects.toThrow('End that one first');
  await runtime.stop({ keep: false });
  const next = await other.open({ directory: bench.directory });
  await next.stop({ keep: false });
});

test('a link in the place of a directory is refused, and nothing behind it is touched', async () => {
  await using bench = await ProcessBench.create();
  await using other = await ProcessBench.create();
  await writeFile(join(other.directory, 'precious'), 'data');
  await mkdir(join(bench.directory, 'gateway'), { recursive: true });
  await symlink(other.directory, join(bench.directory, 'gateway', 'flights'));
  const runtime = await bench.open();
  await expect(runtime.apply(gateway())).rejects.toThrow('a link leads from there');
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
  ).rejects.toThrow('run the program "no-such-program", which was not found');
  const containers = { command: ['no-such-engine'] };
  await runtime.stop({ keep: false });
  const without = await bench.open({ containers });
  await expect(
    without.apply({ ...application, program: { image: 'a:1', arguments: [] } }),
  ).rejects.toThrow(/needs docker or podman on this machine, and none works \(no-such-engine:/);
});

test('after a manager was killed one command ends all that it ran, and their data stay', async () => {
  await using bench = await ProcessBench.create();
  const owner = await startOwner(bench, [mirror(2), gateway()]);
  const pid = (await readRecord(bench)).run?.process?.pid ?? 0;
  await kill(owner);
  expect(await isAlive(pid)).toBe(true);
  const main = pathOf('@quicksilver/manager/runtime/process/end-leftovers/main');
  const command = spawn(process.execPath, [main, bench.directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await Array.fromAsync(command.stdout, (chunk: Buffer) => chunk.toString('utf8'));
  const ended = said
    .join('')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(ended).toEqual([
    { kind: 'gateway', name: 'flights', ordinal: 0 },
    { kind: 'mirror', name: 'airports', ordinal: 0 },
    { kind: 'mirror', name: 'airports', ordinal: 1 },
  ]);
  expect(await isAlive(pid)).toBe(false);
  const runtime = await bench.open();
  await runtime.apply(mirror(2));
  const replicas = await untilReplicas(bench, runtime, mirror(2), { count: 2, state: 'ready' });
  expect((await ask(replicas[0])).starts).toBe(2);
});
