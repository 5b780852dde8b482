import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { DevRun, freeDevPorts, temporaryDirectory } from './dev-run.ts';

/** A shell that watched over Kafka may be about to end. */
const SHELL_MS = 500;

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

test('npm start serves what its block says, stops at Ctrl-C within five seconds, and goes on with its data', async () => {
  await using dir = await temporaryDirectory();
  const env = await freeDevPorts();
  {
    await using run = new DevRun({ dataDir: dir.path, env });
    await run.untilReady();
    expect(run.output).toContain('Loading flights: ');
    for (const label of [
      'GraphQL',
      'GraphiQL',
      'WebSocket',
      'Ingest',
      'Mirrors',
      'Kafka',
      'Data',
    ]) {
      expect(run.output).toMatch(new RegExp(`^  ${label} +\\S`, 'm'));
    }
    expect(JSON.parse(run.pasteCommand())).toEqual(JOINED);

    const second = new DevRun({ dataDir: dir.path, env });
    expect(await second.exit).toMatchObject({ code: 1 });
    expect(second.output).toContain(`Quicksilver runs already with the data in ${dir.path}`);
    expect(JSON.parse(run.pasteCommand())).toEqual(JOINED);

    run.signal('SIGINT');
    const { code, seconds } = await run.exit;
    expect(code, run.output).toBe(0);
    expect(seconds).toBeLessThan(5);
    await run.untilNothingIsLeft(SHELL_MS);
  }
  await using again = new DevRun({ dataDir: dir.path, env });
  await again.untilReady();
  expect(again.output).not.toContain('Loading');
  expect(JSON.parse(again.pasteCommand())).toEqual(JOINED);

  again.signalFirst('SIGTERM');
  const { code, seconds } = await again.exit;
  expect(code, again.output).toBe(0);
  expect(seconds).toBeLessThan(5);
  await again.untilNothingIsLeft(SHELL_MS);
});

test('a start that is interrupted while it loads is stopped in time, and the next one loads all', async () => {
  await using dir = await temporaryDirectory();
  const env = await freeDevPorts();
  {
    await using run = new DevRun({ dataDir: dir.path, env });
    await run.untilPrinted('Loading airports');
    run.signal('SIGINT');
    const { code, seconds } = await run.exit;
    expect(code, run.output).toBe(0);
    expect(seconds).toBeLessThan(5);
    await run.untilNothingIsLeft(SHELL_MS);
  }
  await using again = new DevRun({ dataDir: dir.path, env });
  await again.untilReady();
  expect(again.output).toContain('Loading flights');
  expect(JSON.parse(again.pasteCommand())).toEqual(JOINED);

  // Nobody can tell the others any more, and still nothing is left.
  again.signal('SIGKILL');
  await again.exit;
  await again.untilNothingIsLeft(10_000);
});

test.each(['ingest', 'mirror', 'gateway'])(
  'when the %s is killed everything stops, and a sentence says which one it was',
  async (service) => {
    await using dir = await temporaryDirectory();
    await using run = new DevRun({ dataDir: dir.path, env: await freeDevPorts() });
    await run.untilReady();
    process.kill(run.pidOf(new RegExp(`services/${service}/src/main.ts`)), 'SIGKILL');
    expect(await run.exit).toMatchObject({ code: 1 });
    expect(run.output).toContain(
      `The ${service} ended unexpectedly (SIGKILL), so everything was stopped.`,
    );
    expect(run.output).toContain(`${dir.path}/log/${service}.log`);
    await run.untilNothingIsLeft(SHELL_MS);
  },
);

test('when Kafka is killed everything stops, and a sentence says so', async () => {
  await using dir = await temporaryDirectory();
  await using run = new DevRun({ dataDir: dir.path, env: await freeDevPorts() });
  await run.untilReady();
  process.kill(run.pidOf(/^\d+ \S*java /), 'SIGKILL');
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toContain('Kafka ended unexpectedly (SIGKILL), so everything was stopped.');
  await run.untilNothingIsLeft(SHELL_MS);
});

test('a start that is stopped while Kafka is fetched leaves nothing behind', async () => {
  await using dir = await temporaryDirectory();
  const bin = join(dir.path, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'mvn'), '#!/bin/sh\nexec sleep 600\n');
  await chmod(join(bin, 'mvn'), 0o755);
  await using run = new DevRun({
    dataDir: join(dir.path, 'data'),
    env: {
      ...(await freeDevPorts()),
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      XDG_CACHE_HOME: join(dir.path, 'cache'),
    },
  });
  await run.untilThereIs(/sleep 600/);
  run.signal('SIGINT');
  const { code, seconds } = await run.exit;
  expect(code, run.output).toBe(0);
  expect(seconds).toBeLessThan(5);
  await run.untilNothingIsLeft(SHELL_MS);
});
