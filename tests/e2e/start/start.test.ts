import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { eventually } from '@quicksilver/testkit/eventually';
import { expect, test } from 'vitest';

import { DevRun, expectFastStops, freeDevPort, quick, temporaryDirectory } from './dev-run.ts';

const RECOVERED_MS = 90_000;

const JOINED = {
  data: {
    flight: {
      date: '2001-01-01T00:47',
      delay: 66,
      origin: { name: 'Detroit Metropolitan-Wayne County', city: 'Detroit' },
      destination: { name: 'McCarran International', city: 'Las Vegas' },
    },
  },
};

test('npm start serves all addresses of its block, stops within five seconds, and keeps its data', async () => {
  await using dir = await temporaryDirectory();
  const env = await freeDevPort();
  const url = `http://127.0.0.1:${env.QUICK_PORT}`;
  const stops: number[] = [];
  {
    await using run = new DevRun({ dataDir: dir.path, env });
    await run.untilReady();
    expect(run.output).toContain('Loading flights: ');
    for (const label of [
      'GraphQL',
      'GraphiQL',
      'WebSocket',
      'Lookups',
      'Ingest',
      'Manager',
      'Kafka',
      'Data',
      'Logs',
      'Keys',
    ]) {
      expect(run.output).toMatch(new RegExp(`^  ${label} +\\S`, 'm'));
    }
    expect(JSON.parse(run.pasteCommand())).toEqual(JOINED);
    const lookup = await fetch(`${url}/topics/airports/keys/DTW`);
    expect(await lookup.json()).toMatchObject({ city: 'Detroit' });
    const docs = await fetch(`${url}/manager/docs`);
    expect([docs.status, docs.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);

    const second = new DevRun({ dataDir: dir.path, env });
    expect(await second.exit).toMatchObject({ code: 1 });
    expect(second.output).toContain(`Another quick dev uses the data in ${dir.path}`);
    expect(JSON.parse(run.pasteCommand())).toEqual(JOINED);

    run.signal('SIGINT');
    const { code, seconds } = await run.exit;
    expect(code, run.output).toBe(0);
    stops.push(seconds);
    await run.untilNothingIsLeft();
  }
  await using again = new DevRun({ dataDir: dir.path, env });
  await again.untilReady();
  expect(again.output).not.toContain('Loading');
  expect(JSON.parse(again.pasteCommand())).toEqual(JOINED);

  again.signalFirst('SIGTERM');
  const { code, seconds } = await again.exit;
  expect(code, again.output).toBe(0);
  expectFastStops([...stops, seconds]);
  await again.untilNothingIsLeft();
});

/** The data of a run that was stopped before it loaded its second topic. */
async function interruptedLoad(env: { readonly QUICK_PORT: string }) {
  // On a busy machine the run may get further before the signal arrives.
  for (let tries = 0; tries < 5; tries += 1) {
    const dir = await temporaryDirectory();
    await using run = new DevRun({ dataDir: dir.path, env });
    await run.untilPrinted('Loading airports');
    run.signal('SIGINT');
    expect(await run.exit, run.output).toMatchObject({ code: 0 });
    await run.untilNothingIsLeft();
    if (!run.output.includes('Loading flights')) {
      return dir;
    }
    await dir[Symbol.asyncDispose]();
  }
  return expect.fail('every run had loaded its first topic before it was stopped');
}

test('an interrupted load is repeated, killed services restart, and dev stop cleans up after a killed run', async () => {
  const env = await freeDevPort();
  await using dir = await interruptedLoad(env);
  await using again = new DevRun({ dataDir: dir.path, env });
  await again.untilReady();
  expect(again.output).toContain('Loading flights');
  expect(JSON.parse(again.pasteCommand())).toEqual(JOINED);

  for (const service of ['mirror', 'gateway']) {
    process.kill(again.pidOf(new RegExp(`services/${service}/src/main.ts`)), 'SIGKILL');
  }
  await eventually(() => expect(JSON.parse(again.pasteCommand())).toEqual(JOINED), RECOVERED_MS);

  // Kill quick dev and the manager, so that no process can stop the replicas in order.
  const manager = again.pidOf(/services\/manager\/src\/main.ts/);
  again.signal('SIGKILL');
  process.kill(manager, 'SIGKILL');
  await again.exit;
  expect(again.processes().join('\n')).toMatch(/services\/gateway\/src\/main.ts/);
  expect(quick(['dev', 'status', '--data-dir', dir.path], dir.path)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('quick dev stop'),
  });
  expect(quick(['dev', 'stop', '--data-dir', dir.path], dir.path)).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Everything is stopped.\n',
  });
  await again.untilNothingIsLeft();
});

/** A run of a new project. */
async function newProject(dir: string): Promise<DevRun> {
  expect(quick(['init', 'shop'], dir)).toMatchObject({ code: 0 });
  const project = join(dir, 'shop');
  const dataDir = join(project, '.quicksilver');
  const run = new DevRun({ dataDir, project, env: await freeDevPort() });
  await run.untilReady();
  return run;
}

test('services are restarted if they are killed or stopped', async () => {
  await using dir = await temporaryDirectory();
  await using run = await newProject(dir.path);
  const before = run.pasteCommand();
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    for (const [name, line] of [
      ['ingest', /services\/ingest\/src\/main.ts/],
      ['manager', /services\/manager\/src\/main.ts/],
      ['edge', /packages\/edge\/src\/main.ts/],
    ] as const) {
      const pid = run.pidOf(line);
      process.kill(pid, signal);
      await eventually(() => expect(run.pidOf(line)).not.toBe(pid), RECOVERED_MS);
      expect(run.output).toContain(`The ${name} exited unexpectedly (SIGKILL) and is restarted.`);
      await eventually(() => expect(run.pasteCommand()).toBe(before), RECOVERED_MS);
    }
  }
  // The manager supervises these, and kills those that a signal stopped.
  for (const service of ['mirror', 'gateway']) {
    const line = new RegExp(`services/${service}/src/main.ts`);
    const pid = run.pidOf(line);
    process.kill(pid, 'SIGSTOP');
    await eventually(() => expect(run.pidOf(line)).not.toBe(pid), RECOVERED_MS);
    await eventually(() => expect(run.pasteCommand()).toBe(before), RECOVERED_MS);
  }
  const project = join(dir.path, 'shop');
  await eventually(() => {
    expect(quick(['produce', 'products', '-k', '1', '--delete'], project)).toMatchObject({
      code: 0,
    });
  }, RECOVERED_MS);
  run.signal('SIGINT');
  expect(await run.exit, run.output).toMatchObject({ code: 0 });
});

test('if Kafka is killed, everything stops and the error names it', async () => {
  await using dir = await temporaryDirectory();
  await using run = await newProject(dir.path);
  process.kill(run.pidOf(/^\d+ \S*java /), 'SIGKILL');
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toContain(
    'Kafka exited unexpectedly (SIGKILL), so quick dev stops everything.',
  );
  expect(run.output).toContain('/.quicksilver/log/kafka.log');
  await run.untilNothingIsLeft();
});

test('a start that is stopped during the download of Kafka leaves nothing', async () => {
  await using dir = await temporaryDirectory();
  let requestCount = 0;
  // A repository that never answers.
  const repository = createServer(() => (requestCount += 1));
  await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
  const { port } = repository.address() as AddressInfo;
  try {
    await using run = new DevRun({
      dataDir: join(dir.path, 'data'),
      env: {
        ...(await freeDevPort()),
        QUICK_MAVEN_REPOSITORY: `http://127.0.0.1:${port}`,
        XDG_CACHE_HOME: join(dir.path, 'cache'),
      },
    });
    await eventually(() => expect(requestCount, run.output).toBeGreaterThan(0), RECOVERED_MS);
    run.signal('SIGINT');
    const { code, seconds } = await run.exit;
    expect(code, run.output).toBe(0);
    expect(seconds).toBeLessThan(5);
    await run.untilNothingIsLeft();
  } finally {
    repository.closeAllConnections();
    await new Promise((resolve) => repository.close(resolve));
  }
});
