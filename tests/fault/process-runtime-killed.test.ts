import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { endLeftovers } from '@quicksilver/manager/runtime/process/end-leftovers';
import { type RunRecord, writeRunRecord } from '@quicksilver/manager/runtime/process/run-record';
import { identityOf } from '@quicksilver/processes/process-identity';
import { eventually } from '@quicksilver/testkit/eventually';
import { ProcessBench } from '@quicksilver/testkit/runtime/process-bench';
import {
  ask,
  gateway,
  mirror,
  type SmallAnswer,
  untilReplicas,
} from '@quicksilver/testkit/runtime/runtime-bench';
import { expect, test } from 'vitest';

import {
  ENVIRONMENT,
  pathOf,
  recordOf,
  isAlive,
  readRecord,
  processesBelow,
  startInnocent,
  startOwner,
  kill,
} from './process-facts.ts';

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
  }, bench.patienceMs);
  const pids = (await records()).map(({ run }) => run?.process?.pid ?? 0);
  await kill(owner);
  expect(await Promise.all(pids.map(isAlive))).toEqual([true, true, true]);
  const runtime = await bench.open({ timings: { drainMs: 200 } });
  expect(await runtime.list()).toEqual([]);
  expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false]);
  expect(await readdir(join(bench.directory, 'mirror'))).toEqual([]);
});

test('a manager killed at any moment leaves no process that the next one does not find', async () => {
  await using bench = await ProcessBench.create();
  for (let round = 0; round < 12; round += 1) {
    const owner = await startOwner(bench, [mirror(3), gateway()], 'churn');
    await pause(Math.random() * 400);
    await kill(owner);
    const runtime = await bench.open({ timings: { drainMs: 1_000 } });
    const pids: number[] = [];
    for (const { kind, name } of await runtime.list()) {
      for (const { ordinal } of (await runtime.observe({ kind, name }))?.replicas ?? []) {
        const file = join(bench.directory, kind, name, String(ordinal), 'run.json');
        const record = JSON.parse(await readFile(file, 'utf8')) as RunRecord;
        pids.push(...(record.run?.process === undefined ? [] : [record.run.process.pid]));
      }
    }
    const strangers = (await processesBelow(bench.directory)).filter((pid) => !pids.includes(pid));
    expect(strangers).toEqual([]);
    if (round % 2 === 0) {
      await runtime.remove(mirror(3));
      await runtime.remove(gateway());
      expect(await runtime.list()).toEqual([]);
      expect(await processesBelow(bench.directory)).toEqual([]);
    }
    await runtime.stop({ keep: true });
  }
  await endLeftovers(bench.directory, ENVIRONMENT);
  expect(await processesBelow(bench.directory)).toEqual([]);
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

test('two managers never run services from one directory', async () => {
  await using bench = await ProcessBench.create();
  await using other = await ProcessBench.create();
  const runtime = await bench.open();
  await expect(other.open({ directory: bench.directory })).rejects.toThrow(
    `Process ${process.pid} already runs services from`,
  );
  await expect(endLeftovers(bench.directory, ENVIRONMENT)).rejects.toThrow(
    'Stop the manager first',
  );
  await runtime.stop({ keep: false });
  const next = await other.open({ directory: bench.directory });
  await next.stop({ keep: false });
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

test.each([
  ['a signal stopped', ({ pid }: SmallAnswer) => Promise.resolve(process.kill(pid, 'SIGSTOP'))],
  [
    'answers no more',
    (_answer: SmallAnswer, address: string | undefined) =>
      Promise.race([fetch(`http://${address}/hang`, { method: 'POST' }), pause(100)]),
  ],
])('a service that %s is killed and restarted', async (_how, hang) => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open();
  await runtime.apply(mirror(1));
  const [replica] = await untilReplicas(bench, runtime, mirror(1), { count: 1, state: 'ready' });
  await hang(await ask(replica), replica?.address);
  await eventually(async () => {
    expect((await runtime.observe(mirror(1)))?.replicas).toMatchObject([
      { state: 'ready', restarts: 1 },
    ]);
  }, bench.patienceMs);
  expect(await ask(replica)).toMatchObject({ starts: 2 });
});
