import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { DevRun, freeDevPort, temporaryDirectory } from './dev-run.ts';

interface Refusal {
  /** The one sentence, with what to do. */
  readonly told: string;
  readonly seconds: number;
}

/** Starts, and expects exit code 1, no stack trace and nothing left behind. */
async function refusal(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Refusal> {
  await using run = new DevRun({ dataDir, env: { ...(await freeDevPort()), ...env } });
  const { code, seconds } = await run.exit;
  expect(code, run.output).toBe(1);
  expect(run.output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  await run.untilNothingIsLeft();
  const told = run.output.split('\n').find((line) => line.startsWith('quick dev: '));
  return { told: told ?? `nothing was told: ${run.output}`, seconds };
}

/** A directory of programs, to be a whole `PATH`. */
async function pathWith(dir: string, programs: readonly string[]): Promise<string> {
  const bin = join(dir, 'bin');
  await mkdir(bin);
  for (const program of programs) {
    const found = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    await symlink(found, join(bin, program));
  }
  return bin;
}

test('a port in use is refused at once', async () => {
  await using dir = await temporaryDirectory();
  const { QUICK_PORT } = await freeDevPort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(Number(QUICK_PORT), '127.0.0.1', resolve));
  try {
    const { told } = await refusal(join(dir.path, 'data'), { QUICK_PORT });
    expect(told).toContain(`Port ${QUICK_PORT} on 127.0.0.1, the port for users, is in use`);
    expect(told).toContain('QUICK_PORT=<port>');
    // At once: before anything was begun.
    await expect(readdir(join(dir.path, 'data', 'kafka'))).rejects.toThrow('ENOENT');
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('an address that other machines reach is refused without a key', async () => {
  await using dir = await temporaryDirectory();
  const { told } = await refusal(join(dir.path, 'data'), { QUICK_HOST: '0.0.0.0' });
  expect(told).toContain('QUICK_HOST=0.0.0.0 is reachable from other machines, and no key is set');
  expect(told).toContain('export QUICK_APIKEY=$(openssl rand -hex 32)');
});

test('a machine without Java is told which one to install', async () => {
  await using dir = await temporaryDirectory();
  const { told } = await refusal(join(dir.path, 'data'), {
    PATH: await pathWith(dir.path, ['sh', 'ps']),
    JAVA_HOME: undefined,
  });
  expect(told).toContain('Kafka needs Java 17, and no Java was found');
  expect(told).toContain('openjdk-17-jre-headless');
});

test('a Java that is too old is named with its version', async () => {
  await using dir = await temporaryDirectory();
  const bin = await pathWith(dir.path, ['sh', 'ps']);
  const java = join(bin, 'java');
  await writeFile(java, '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n');
  await chmod(java, 0o755);
  const { told } = await refusal(join(dir.path, 'data'), { PATH: bin, JAVA_HOME: undefined });
  expect(told).toContain('Kafka needs Java 17 or newer, and java is Java 11');
  expect(told).toContain('JAVA_HOME');
});

test('a machine without Maven, and without the JARs, is told to install it', async () => {
  await using dir = await temporaryDirectory();
  const { told } = await refusal(join(dir.path, 'data'), {
    PATH: await pathWith(dir.path, ['sh', 'ps', 'java']),
    XDG_CACHE_HOME: join(dir.path, 'cache'),
  });
  expect(told).toContain('Maven');
  expect(told).toContain('apt-get install maven');
});

test('a broker that does not answer is given up after ten seconds', async () => {
  await using dir = await temporaryDirectory();
  const { told, seconds } = await refusal(join(dir.path, 'data'), {
    QUICK_KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1',
  });
  expect(told).toContain('No Kafka answers at 127.0.0.1:1 within 10 seconds');
  expect(told).toContain('correct QUICK_KAFKA_BOOTSTRAP_SERVER');
  expect(told.match(/ECONNREFUSED|Connection to/g)).toHaveLength(2);
  expect(seconds).toBeGreaterThan(9);
  expect(seconds).toBeLessThan(100);
});

test('a value that is no port is refused with what is expected', async () => {
  await using dir = await temporaryDirectory();
  await using run = new DevRun({
    dataDir: join(dir.path, 'data'),
    env: { QUICK_PORT: 'eighty', QUICK_KAFKA_CLIENT: 'java' },
  });
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toContain('QUICK_PORT=eighty: a whole number is expected');
  expect(run.output).toContain('QUICK_KAFKA_CLIENT=java');
});

test('a project file with a mistake is refused with file, line and column', async () => {
  await using dir = await temporaryDirectory();
  await writeFile(join(dir.path, 'quick.yaml'), 'version: 1\nname: shop\ntopcs: {}\n');
  const dataDir = join(dir.path, '.quicksilver');
  await using run = new DevRun({ dataDir, project: dir.path });
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toContain('quick dev: The project cannot be used.');
  expect(run.output).toMatch(/quick\.yaml:3:1: topcs: unknown member\. Did you mean "topics"\?/);
});

test('a data directory that cannot be made is refused', async () => {
  await using dir = await temporaryDirectory();
  await writeFile(join(dir.path, 'data'), 'a file');
  const { told } = await refusal(join(dir.path, 'data'), {});
  expect(told).toContain(`The data directory ${join(dir.path, 'data')} cannot be used`);
  expect(told).toContain('QUICK_DATA_DIR');
});
