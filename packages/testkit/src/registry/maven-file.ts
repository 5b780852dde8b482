import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { runProgram } from '@quicksilver/processes/run-program';

export interface MavenFile {
  /** `group:artifact:version`, or with `:type:classifier`. */
  readonly artifact: string;
  readonly name: string;
  readonly sha256: string;
}

/** Newer ones want the parent of the artefact too, which was never published. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy';
const DOWNLOAD_MS = 600_000;

/** Copies a file of the pinned digest into a directory, and returns its path. */
export async function copyMavenFile(file: MavenFile, dir: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram({
    command: 'mvn',
    args: ['--batch-mode', COPY, `-Dartifact=${file.artifact}`, `-DoutputDirectory=${dir}`],
    timeoutMs: DOWNLOAD_MS,
  });
  if (exitCode !== 0) {
    throw new Error(`mvn failed (exit code ${exitCode}): ${stdout.toString()}${stderr}`);
  }
  const path = join(dir, file.name);
  const digest = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (digest !== file.sha256) {
    throw new Error(`${file.name} has the SHA-256 ${digest}, expected ${file.sha256}.`);
  }
  return path;
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
