import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { runProgram } from '@quicksilver/processes/run-program';

import { copyMavenFile, isThere, type MavenCopyOptions, type MavenFile } from './maven-file.ts';

export const REGISTRY_VERSION = '3.0.9';

const ARCHIVE: MavenFile = {
  artifact: `io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`,
  name: `apicurio-registry-app-${REGISTRY_VERSION}-all.tar.gz`,
  sha256: '2b28181501a20cbf6efcd77f9b7153908fc01f3d3a7c32024c0bd9e1b04c8a43',
};
const JAR = `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`;
const UNPACK_MS = 60_000;

export interface RegistryDirOptions extends MavenCopyOptions {
  /** Called if it has to be fetched. */
  readonly onDownload?: (() => void) | undefined;
}

/**
 * The directory of Apicurio Registry, with the digest pinned here. It is fetched with Maven if it
 * is missing. Several processes may call this at once: the first rename wins, and the others use
 * its result.
 */
export async function ensureRegistryDir(
  cacheDir: string,
  { onDownload, ...options }: RegistryDirOptions = {},
): Promise<string> {
  const dir = join(cacheDir, `apicurio-registry-${REGISTRY_VERSION}`);
  if (await isThere(registryJar(dir))) {
    return dir;
  }
  const ownDir = join(cacheDir, `.apicurio-registry-${REGISTRY_VERSION}-${randomUUID()}`);
  const unpackedDir = join(ownDir, 'unpacked');
  try {
    await mkdir(unpackedDir, { recursive: true });
    onDownload?.();
    const archive = await copyMavenFile(ARCHIVE, ownDir, options);
    await run('tar', ['-xzf', archive, '-C', unpackedDir], UNPACK_MS);
    await rename(unpackedDir, dir).catch(async (error: unknown) => {
      if (!(await isThere(registryJar(dir)))) {
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

async function run(command: string, args: readonly string[], timeoutMs: number): Promise<void> {
  const { exitCode, stdout, stderr } = await runProgram({ command, args, timeoutMs });
  if (exitCode !== 0) {
    throw new Error(`${command} failed (exit code ${exitCode}): ${stdout.toString()}${stderr}`);
  }
}
