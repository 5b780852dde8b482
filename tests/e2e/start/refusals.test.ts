import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { DevRun, freeDevPort, temporaryDirectory } from './dev-run.ts';

interface Refusal {
  /** The line of the error, with its remedy. */
  readonly message: string;
  readonly seconds: number;
}

/** Starts a run and expects exit code 1, no stack trace and no orphaned process. */
async function refusal(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Refusal> {
  await using run = new DevRun({ dataDir, env: { ...(await freeDevPort()), ...env } });
  const { code, seconds } = await run.exit;
  expect(code, run.output).toBe(1);
  expect(run.output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  await run.untilNothingIsLeft();
  const message = run.output.split('\n').find((line) => line.startsWith('quick dev: '));
  return { message: message ?? `no error was printed: ${run.output}`, seconds };
}

/** A directory with these programs, for `PATH`. */
async function pathWith(dir: string, programs: readonly string[]): Promise<string> {
  const bin = join(dir, 'bin');
  await mkdir(bin);
  for (const program of programs) {
    const path = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    await symlink(path, join(bin, program));
  }
  return bin;
}

test('a port in use is rejected at once', async () => {
  await using dir = await temporaryDirectory();
  const { QUICK_PORT } = await freeDevPort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(Number(QUICK_PORT), '127.0.0.1', resolve));
  try {
    const { message } = await refusal(join(dir.path, 'data'), { QUICK_PORT });
    expect(message).toContain(`Port ${QUICK_PORT} on 127.0.0.1, the port for users, is in use`);
    expect(message).toContain('QUICK_PORT=<port>');
    // At once means before Kafka's directory is created.
    await expect(readdir(join(dir.path, 'data', 'kafka'))).rejects.toThrow('ENOENT');
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('an address that other machines can reach is rejected without a key', async () => {
  await using dir = await temporaryDirectory();
  const { message } = await refusal(join(dir.path, 'data'), { QUICK_HOST: '0.0.0.0' });
  expect(message).toContain(
    'QUICK_HOST=0.0.0.0 is reachable from other machines, and no key is set',
  );
  expect(message).toContain('export QUICK_APIKEY=$(openssl rand -hex 32)');
});

test('without Java the error names the package to install', async () => {
  await using dir = await temporaryDirectory();
  const { message } = await refusal(join(dir.path, 'data'), {
    PATH: await pathWith(dir.path, ['sh', 'ps']),
    JAVA_HOME: undefined,
  });
  expect(message).toContain('Kafka needs Java 17, and no Java was found');
  expect(message).toContain('openjdk-17-jre-headless');
});

test('if Java is too old, the error names its version', async () => {
  await using dir = await temporaryDirectory();
  const bin = await pathWith(dir.path, ['sh', 'ps']);
  const java = join(bin, 'java');
  await writeFile(java, '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n');
  await chmod(java, 0o755);
  const { message } = await refusal(join(dir.path, 'data'), { PATH: bin, JAVA_HOME: undefined });
  expect(message).toContain('Kafka needs Java 17 or newer, and java is Java 11');
  expect(message).toContain('JAVA_HOME');
});

test('if the JARs of Kafka cannot be downloaded, the error names the option for another repository', async () => {
  await using dir = await temporaryDirectory();
  const { message } = await refusal(join(dir.path, 'data'), {
    XDG_CACHE_HOME: join(dir.path, 'cache'),
    QUICK_MAVEN_REPOSITORY: 'http://127.0.0.1:1/maven2',
  });
  expect(message).toContain('The download of http://127.0.0.1:1/maven2/');
  expect(message).toContain('set QUICK_MAVEN_REPOSITORY to the address of another one');
});

test('a broker that does not answer is an error after ten seconds', async () => {
  await using dir = await temporaryDirectory();
  const { message, seconds } = await refusal(join(dir.path, 'data'), {
    QUICK_KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1',
  });
  expect(message).toContain('No Kafka answers at 127.0.0.1:1 within 10 seconds');
  expect(message).toContain('correct QUICK_KAFKA_BOOTSTRAP_SERVER');
  expect(message.match(/ECONNREFUSED|Connection to/g)).toHaveLength(2);
  expect(seconds).toBeGreaterThan(9);
  expect(seconds).toBeLessThan(100);
});

test('a value that is no port is rejected with the expected form', async () => {
  await using dir = await temporaryDirectory();
  await using run = new DevRun({
    dataDir: join(dir.path, 'data'),
    env: { QUICK_PORT: 'eighty', QUICK_KAFKA_CLIENT: 'java' },
  });
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toContain('QUICK_PORT=eighty: expected a whole number');
  expect(run.output).toContain('QUICK_KAFKA_CLIENT=java');
});

test('a project file with a mistake is rejected with file, line and column', async () => {
  await using dir = await temporaryDirectory();
  await writeFile(join(dir.path, 'quick.yaml'), 'version: 1\nname: shop\ntopcs: {}\n');
  const dataDir = join(dir.path, '.quicksilver');
  await using run = new DevRun({ dataDir, project: dir.path });
  expect(await run.exit).toMatchObject({ code: 1 });
  expect(run.output).toContain('quick dev: The project cannot be used.');
  expect(run.output).toMatch(/quick\.yaml:3:1: topcs: unknown member\. Did you mean "topics"\?/);
});

test('a data directory that cannot be created is rejected', async () => {
  await using dir = await temporaryDirectory();
  await writeFile(join(dir.path, 'data'), 'a file');
  const { message } = await refusal(join(dir.path, 'data'), {});
  expect(message).toContain(`The data directory ${join(dir.path, 'data')} cannot be used`);
  expect(message).toContain('QUICK_DATA_DIR');
});
