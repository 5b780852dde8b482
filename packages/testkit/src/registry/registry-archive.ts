import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { runProgram } from '@quicksilver/local-kafka/run-program';

export const REGISTRY_VERSION = '3.0.9';

const ARCHIVE = `apicurio-registry-app-${REGISTRY_VERSION}-all.tar.gz`;
const ARCHIVE_SHA256 = '2b28181501a20cbf6efcd77f9b7153908fc01f3d3a7c32024c0bd9e1b04c8a43';
const JAR = `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`;
/** Newer versions also need the parent of the artefact, which was never published. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy';
const DOWNLOAD_MS = 600_000;
const UNPACK_MS = 60_000;

/**
 * The directory of Apicurio Registry, with the digest pinned here. It is fetched with Maven if it
 * is missing. Several processes may call this at once: the first rename wins, and the others use
 * its result.
 */
export async function ensureRegistryDir(cacheDir: string): Promise<string> {
  const dir = join(cacheDir, `apicurio-registry-${REGISTRY_VERSION}`);
  if (await isThere(dir)) {
    return dir;
  }
  const ownDir = join(cacheDir, `.apicurio-registry-${REGISTRY_VERSION}-${randomUUID()}`);
  const unpackedDir = join(ownDir, 'unpacked');
  try {
    await mkdir(unpackedDir, { recursive: true });
    await run(
      'mvn',
      [
        '--batch-mode',
        COPY,
        `-Dartifact=io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`,
        `-DoutputDirectory=${ownDir}`,
      ],
      DOWNLOAD_MS,
    );
    const found = createHash('sha256')
      .update(await readFile(join(ownDir, ARCHIVE)))
      .digest('hex');
    if (found !== ARCHIVE_SHA256) {
      throw new Error(`${ARCHIVE} has the SHA-256 ${found}, ${ARCHIVE_SHA256} is wanted.`);
    }
    await run('tar', ['-xzf', join(ownDir, ARCHIVE), '-C', unpackedDir], UNPACK_MS);
    await rename(unpackedDir, dir).catch(async (error: unknown) => {
      if (!(await isThere(dir))) {
        throw error;
      }
    });
    return dir;
  } finally {
    await rm(ownDir, { recursive: true, force: true });
  }
}

export function registryJar(dir: string): string {
  return join(dir, JAR);
}

/** It is renamed once it is complete. */
async function isThere(dir: string): Promise<boolean> {
  return (await stat(registryJar(dir)).catch(() => undefined)) !== undefined;
}

async function run(command: string, args: readonly string[], timeoutMs: number): Promise<void> {
  const { exitCode, stdout, stderr } = await runProgram({ command, args, timeoutMs });
  if (exitCode !== 0) {
    throw new Error(`${command} failed (exit code ${exitCode}): ${stdout.toString()}${stderr}`);
  }
}
