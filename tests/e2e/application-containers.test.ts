import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtempDisposable, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { eventually } from '@quicksilver/testkit/eventually';
import { ProcessBench } from '@quicksilver/testkit/runtime/process-bench';
import { linesOf, untilReplicas } from '@quicksilver/testkit/runtime/runtime-bench';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Workload } from '@quicksilver/manager/runtime/runtime';
import { endLeftovers } from '@quicksilver/manager/runtime/process/end-leftovers';
import { machineEnvironment } from '@quicksilver/manager/runtime/process/machine-environment';
import type { RunRecord } from '@quicksilver/manager/runtime/process/run-record';

const run = promisify(execFile);

// The flags with which podman works also inside of virtual machines and other containers.
const ENGINE = ['podman', '--runtime', 'runc', '--cgroup-manager', 'cgroupfs'];
const RUN_FLAGS = ['--network=host', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
const CONTAINERS = { command: ENGINE, runFlags: RUN_FLAGS };
const IMAGE = `quicksilver-test-${randomUUID().slice(0, 8)}:1`;
const SCRIPT = `
  echo "arguments $*"; echo "kafka $QUICK_KAFKA_BOOTSTRAP_SERVER"; echo "secret $SECRET"
  trap 'echo asked to end; exit 0' TERM
  while :; do sleep 0.1; done
`;

async function podman(...args: readonly string[]): Promise<string> {
  const [program = '', ...engineArgs] = ENGINE;
  return (await run(program, [...engineArgs, ...args])).stdout.trim();
}

/** An image of nothing but a shell and what it needs: no image can be fetched here. */
beforeAll(async () => {
  await using scratch = await mkdtempDisposable(join(tmpdir(), 'quicksilver-image-'));
  for (const program of ['/bin/sh', '/bin/sleep']) {
    const { stdout } = await run('ldd', [program]);
    for (const file of [program, ...stdout.matchAll(/\/\S+/g).map(([path]) => path)]) {
      await mkdir(join(scratch.path, dirname(file)), { recursive: true });
      await copyFile(await realpath(file), join(scratch.path, file));
    }
  }
  await mkdir(join(scratch.path, 'tmp'));
  const archive = join(scratch.path, 'tmp', 'image.tar');
  await run('tar', ['-C', scratch.path, '-c', '-f', archive, '--exclude=./tmp/*', '.']);
  await podman('import', archive, IMAGE);
});

afterAll(async () => {
  await podman('rmi', '--force', IMAGE);
});

function application(script = SCRIPT): Workload {
  return {
    kind: 'application',
    name: 'enrich',
    replicas: 1,
    environment: { QUICK_KAFKA_BOOTSTRAP_SERVER: 'kafka:9092', SECRET: 'on no command line' },
    program: { image: IMAGE, arguments: ['/bin/sh', '-c', script, 'sh', '--input', 'a b'] },
  };
}

/** The id of the container of a replica, which may come up after the process that runs it. */
const idOf = (name: string | undefined, bench: ProcessBench): Promise<string> =>
  eventually(() => podman('inspect', '--format', '{{.Id}}', name ?? ''), bench.patienceMs);

async function recordOf(bench: ProcessBench): Promise<RunRecord> {
  const file = join(bench.directory, 'application', 'enrich', '0', 'run.json');
  return JSON.parse(await readFile(file, 'utf8')) as RunRecord;
}

const containersNamed = async (name: string | undefined): Promise<string> =>
  await podman('ps', '--all', '--filter', `name=^${name}$`, '--format', '{{.Names}}');

test('an image runs with its arguments and its environment, and is gone once it is removed', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ containers: CONTAINERS });
  await runtime.apply(application());
  await untilReplicas(bench, runtime, application(), { count: 1, state: 'ready' });
  await eventually(async () => {
    expect(await linesOf(runtime, application())).toEqual([
      'arguments --input a b',
      'kafka kafka:9092',
      'secret on no command line',
    ]);
  }, bench.patienceMs);
  const { container, run: running } = await recordOf(bench);
  expect(running?.command.join(' ')).not.toContain('on no command line');
  expect(
    await podman('inspect', '--format', '{{json .Config.Labels}}', container?.name ?? ''),
  ).toContain('"quicksilver.workload":"application/enrich"');
  await runtime.remove(application());
  expect(await containersNamed(container?.name)).toBe('');
});

test('a container that exits is restarted, and the status has its exit code and last output', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ containers: CONTAINERS });
  const broken = application('echo no such topic; exit 5');
  await runtime.apply(broken);
  const [failed] = await untilReplicas(bench, runtime, broken, { count: 1, state: 'failed' });
  expect(failed?.reason).toContain('exit code 5');
  expect(failed?.reason).toContain('no such topic');
});

test('a container runs on under the next manager', async () => {
  await using bench = await ProcessBench.create();
  const first = await bench.open({ containers: CONTAINERS });
  await first.apply(application());
  await untilReplicas(bench, first, application(), { count: 1, state: 'ready' });
  const { container } = await recordOf(bench);
  const id = await idOf(container?.name, bench);
  await first.stop({ keep: true });
  const second = await bench.open({ containers: CONTAINERS });
  await second.apply(application());
  await untilReplicas(bench, second, application(), { count: 1, state: 'ready' });
  expect(await idOf(container?.name, bench)).toBe(id);
  await eventually(async () => {
    expect(await linesOf(second, application())).toHaveLength(3);
  }, bench.patienceMs);
});

test('a container whose client was killed is cleared away before the next one runs', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ containers: CONTAINERS });
  await runtime.apply(application());
  await untilReplicas(bench, runtime, application(), { count: 1, state: 'ready' });
  const { container, run: running } = await recordOf(bench);
  const id = await idOf(container?.name, bench);
  process.kill(running?.process?.pid ?? 0, 'SIGKILL');
  await eventually(async () => {
    expect(await podman('inspect', '--format', '{{.Id}}', container?.name ?? '')).not.toBe(id);
  }, bench.patienceMs);
  await untilReplicas(bench, runtime, application(), { count: 1, state: 'ready' });
  expect(await containersNamed(container?.name)).toBe(container?.name);
});

test('what a manager left running in a container is ended with the rest', async () => {
  await using bench = await ProcessBench.create();
  const runtime = await bench.open({ containers: CONTAINERS });
  await runtime.apply(application());
  await untilReplicas(bench, runtime, application(), { count: 1, state: 'ready' });
  const { container, run: running } = await recordOf(bench);
  await runtime.stop({ keep: true });
  // The process that runs it may be up before the container is.
  await eventually(async () => {
    expect(await containersNamed(container?.name)).toBe(container?.name);
  }, 90_000);
  process.kill(running?.process?.pid ?? 0, 'SIGKILL');
  await endLeftovers(bench.directory, { machineEnvironment: machineEnvironment(process.env) });
  expect(await containersNamed(container?.name)).toBe('');
});
