import { access, mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeProgram } from './fake-program.ts';
import { defaultCacheDir, ensureKafkaJars } from './kafka-jars.ts';

test('the cache is in XDG_CACHE_HOME, or else below the home directory', () => {
  expect(defaultCacheDir({ XDG_CACHE_HOME: '/var/cache/me', HOME: '/home/me' })).toBe(
    '/var/cache/me/quicksilver',
  );
  expect(defaultCacheDir({ HOME: '/home/me' })).toBe('/home/me/.cache/quicksilver');
});

test('without Maven, the error names the package to install, or suggests a running Kafka', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const cacheDir = join(dir.path, 'cache');
  const env = { PATH: join(dir.path, 'none') };
  await expect(ensureKafkaJars({ cacheDir, env })).rejects.toMatchObject({
    code: 'MAVEN_MISSING',
    whatToDo: expect.stringContaining('QUICK_KAFKA_BOOTSTRAP_SERVER'),
  });
  expect(await readdir(cacheDir)).toEqual([]);
});

interface MavenFailure {
  readonly name: string;
  readonly script: string;
  readonly expected: Readonly<Record<string, unknown>>;
}

const UNREACHABLE =
  'Could not transfer artifact from central: repo.example: Name or service not known';
const FAILURES: readonly MavenFailure[] = [
  {
    name: 'a Maven that fails is reported with its own first error',
    script: `echo '[INFO] Scanning'; echo '[ERROR] ${UNREACHABLE}'; echo '[ERROR] Re-run Maven with -e'; exit 1`,
    expected: {
      code: 'DOWNLOAD_FAILED',
      message: `Fetching Kafka’s JARs with Maven failed (exit code 1): ${UNREACHABLE}`,
      output: expect.stringContaining('Re-run'),
    },
  },
  {
    name: 'a Maven that finds no room is reported as a full disk',
    script: `echo '[ERROR] repository/x.jar (No space left on device)'; exit 1`,
    expected: { code: 'DISK_FULL', whatToDo: expect.stringContaining('Free some space') },
  },
  {
    name: 'a Maven that hangs is ended',
    script: 'exec /bin/sleep 60',
    expected: {
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('was not done after 0.3 s'),
    },
  },
  {
    name: 'a JAR that did not come is reported by name',
    script: 'exit 0',
    expected: {
      code: 'DOWNLOAD_FAILED',
      message: expect.stringMatching(/HdrHistogram.* is missing/),
    },
  },
  {
    name: 'a JAR that is not the pinned one is refused',
    script: `for arg; do case $arg in -DoutputDirectory=*) echo other > "\${arg#*=}/HdrHistogram-2.2.2.jar";; esac; done`,
    expected: {
      code: 'DOWNLOAD_FAILED',
      message: expect.stringMatching(/HdrHistogram.* has the SHA-256/),
    },
  },
];

test.each(FAILURES)('$name, and nothing is left in the cache', async ({ script, expected }) => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const cacheDir = join(dir.path, 'cache');
  await fakeProgram(dir.path, 'mvn', script);
  const options = {
    cacheDir,
    env: { PATH: dir.path },
    timeoutMs: script.includes('sleep') ? 300 : 25_000,
  };
  await expect(ensureKafkaJars(options)).rejects.toMatchObject(expected);
  expect(await readdir(cacheDir)).toEqual([]);
});

test('an aborted fetch ends at once and leaves nothing in the cache', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const cacheDir = join(dir.path, 'cache');
  const begun = join(dir.path, 'begun');
  await fakeProgram(dir.path, 'mvn', `: > "${begun}"; exec /bin/sleep 60`);
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const fetching = ensureKafkaJars({ cacheDir, env: { PATH: dir.path }, signal });
  await expect.poll(() => access(begun)).toBeUndefined();
  giveUp.abort(new Error('enough'));
  await expect(fetching).rejects.toThrow('enough');
  expect(await readdir(cacheDir)).toEqual([]);
});

test('a disk with too little space is rejected before the download', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const env = { PATH: join(dir.path, 'none') };
  const freeMbMin = Number.MAX_SAFE_INTEGER;
  await expect(ensureKafkaJars({ cacheDir: dir.path, env, freeMbMin })).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/is full: \d+ MB are wanted, \d+ MB are free\.$/),
  });
});
