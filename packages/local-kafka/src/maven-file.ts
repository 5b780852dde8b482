import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { lastLines } from '@quicksilver/processes/bounded-tail';
import {
  runProgram,
  type Environment,
  type ProgramOutcome,
} from '@quicksilver/processes/run-program';

import { LocalKafkaError } from './local-kafka-error.ts';

export interface MavenFile {
  /** `group:artifact:version`, or with `:type:classifier`. */
  readonly artifact: string;
  readonly name: string;
  readonly sha256: string;
}

/** Newer ones want the parent of the artefact too, which was never published. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy';
const DOWNLOAD_MS = 600_000;

export interface MavenCopyOptions {
  readonly env?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies a file of the pinned digest into a directory, and returns its path. Throws
 * `LocalKafkaError` MAVEN_MISSING or DOWNLOAD_FAILED.
 */
export async function copyMavenFile(
  file: MavenFile,
  dir: string,
  options: MavenCopyOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runMaven(file, dir, options);
  options.signal?.throwIfAborted();
  if (exitCode !== 0) {
    throw new LocalKafkaError(
      'DOWNLOAD_FAILED',
      `Maven did not fetch ${file.name} (exit code ${exitCode}).`,
      {
        whatToDo:
          'Check that this machine reaches Maven Central or the mirror of ~/.m2/settings.xml, then start again.',
        output: lastLines(`${stdout.toString('utf8')}\n${stderr}`, 15),
      },
    );
  }
  const path = join(dir, file.name);
  const digest = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (digest !== file.sha256) {
    throw new LocalKafkaError(
      'DOWNLOAD_FAILED',
      `${file.name} has the SHA-256 ${digest}, expected ${file.sha256}.`,
      { whatToDo: 'Remove it from ~/.m2/repository, then start again.' },
    );
  }
  return path;
}

async function runMaven(
  { artifact }: MavenFile,
  dir: string,
  options: MavenCopyOptions,
): Promise<ProgramOutcome> {
  try {
    return await runProgram({
      ...options,
      command: 'mvn',
      args: ['--batch-mode', COPY, `-Dartifact=${artifact}`, `-DoutputDirectory=${dir}`],
      timeoutMs: DOWNLOAD_MS,
    });
  } catch (cause) {
    throw new LocalKafkaError('MAVEN_MISSING', 'The command mvn of Maven was not found.', {
      whatToDo:
        'Install it: "apt-get install maven" on Debian and Ubuntu, "brew install maven" on macOS.',
      cause,
    });
  }
}

/** The path of a file in the cache. Several processes may call it at once: one rename wins. */
export async function ensureMavenFile(file: MavenFile, cacheDir: string): Promise<string> {
  const path = join(cacheDir, file.name);
  if (await isThere(path)) {
    return path;
  }
  const ownDir = join(cacheDir, `.${file.name}-${randomUUID()}`);
  try {
    await mkdir(ownDir, { recursive: true });
    await rename(await copyMavenFile(file, ownDir), path);
    return path;
  } finally {
    await rm(ownDir, { recursive: true, force: true });
  }
}

export async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
