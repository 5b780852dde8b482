import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { runProgram } from '@quicksilver/processes/run-program';

import { isThere } from '../registry/maven-file.ts';

const PROJECT = new URL('../../java/serdes/', import.meta.url);
const DOWNLOAD_MS = 600_000;
/** The directory of Kafka's JARs has these. */
const IN_KAFKA = [
  'kafka-clients',
  'zstd-jni',
  'lz4-java',
  'snappy-java',
  'jackson-core',
  'jackson-databind',
  'jackson-annotations',
  'jackson-datatype-jdk8',
  'slf4j-api',
  'slf4j-jboss-logging',
];

/**
 * The JARs of Kafka Streams and of serializers for schema registries, each with the digest of
 * `java/serdes/jars.sha256`. Maven fetches them if they are missing (7 MB). Several processes may
 * call this at once: one rename wins.
 */
export async function ensureSerdeJars(): Promise<string[]> {
  const pinned = await readFile(new URL('jars.sha256', PROJECT), 'utf8');
  const digest = createHash('sha256').update(pinned).digest('hex').slice(0, 12);
  const cacheDir = defaultCacheDir(process.env);
  const dir = join(cacheDir, `serdes-${digest}`);
  const files = pinned
    .trim()
    .split('\n')
    .map((line) => line.split('  ') as [string, string]);
  if (!(await isThere(dir))) {
    const ownDir = join(cacheDir, `.serdes-${randomUUID()}`);
    try {
      await mkdir(ownDir, { recursive: true });
      await fetchJars(ownDir);
      await verify(ownDir, files);
      await rename(ownDir, dir).catch(async (error: unknown) => {
        if (!(await isThere(dir))) {
          throw error;
        }
      });
    } finally {
      await rm(ownDir, { recursive: true, force: true });
    }
  }
  return files.map(([, name]) => join(dir, name));
}

async function fetchJars(dir: string): Promise<void> {
  const { exitCode, stdout, stderr } = await runProgram({
    command: 'mvn',
    args: [
      '--batch-mode',
      `--file=${fileURLToPath(new URL('pom.xml', PROJECT))}`,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DexcludeArtifactIds=${IN_KAFKA.join(',')}`,
      `-DoutputDirectory=${dir}`,
    ],
    timeoutMs: DOWNLOAD_MS,
  });
  if (exitCode !== 0) {
    throw new Error(`mvn failed (exit code ${exitCode}): ${stdout.toString()}${stderr}`);
  }
}

async function verify(dir: string, files: readonly (readonly [string, string])[]): Promise<void> {
  for (const [expected, name] of files) {
    const digest = createHash('sha256')
      .update(await readFile(join(dir, name)))
      .digest('hex');
    if (digest !== expected) {
      throw new Error(`${name} has the SHA-256 ${digest}, expected ${expected}.`);
    }
  }
}
