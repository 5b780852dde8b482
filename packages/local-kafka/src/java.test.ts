import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeProgram } from './fake-program.ts';
import { requireJava } from './java.ts';

test('without Java, the error names the package to install', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  await expect(requireJava({ env: { PATH: dir.path } })).rejects.toMatchObject({
    code: 'JAVA_MISSING',
    message: 'Kafka needs Java 17, and no Java was found (java).',
    whatToDo: expect.stringContaining('openjdk-17-jre-headless'),
  });
});

test.each([
  ['11.0.22', 11],
  ['1.8.0_402', 8],
])('Java %s is refused as too old', async (version, major) => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  await fakeProgram(dir.path, 'java', `echo 'openjdk version "${version}" 2024-01-16' >&2`);
  await expect(requireJava({ env: { PATH: dir.path } })).rejects.toMatchObject({
    code: 'JAVA_TOO_OLD',
    message: `Kafka needs Java 17 or newer, and java is Java ${major}.`,
    whatToDo: expect.stringContaining('JAVA_HOME'),
  });
});

test('JAVA_HOME precedes the path, and an explicit path precedes both', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'local-kafka-'));
  const java21 = `echo 'openjdk version "21" 2023-09-19' >&2`;
  const inHome = await fakeProgram(join(dir.path, 'home', 'bin'), 'java', java21);
  const explicitPath = await fakeProgram(join(dir.path, 'explicit'), 'java', java21);
  const env = { PATH: join(dir.path, 'none'), JAVA_HOME: join(dir.path, 'home') };
  expect(await requireJava({ env })).toBe(inHome);
  expect(await requireJava({ env, javaPath: explicitPath })).toBe(explicitPath);
});
