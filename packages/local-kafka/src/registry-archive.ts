import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { runProgram } from '@quicksilver/processes/run-program';

import { LocalKafkaError } from './local-kafka-error.ts';
import { ensureFiles, type FetchOptions } from './maven/ensure-files.ts';

export const REGISTRY_VERSION = '3.0.9';

const NAME = `apicurio-registry-${REGISTRY_VERSION}`;
const ARCHIVE = {
  path: `io/apicurio/apicurio-registry-app/${REGISTRY_VERSION}/apicurio-registry-app-${REGISTRY_VERSION}-all.tar.gz`,
  sha256: '2b28181501a20cbf6efcd77f9b7153908fc01f3d3a7c32024c0bd9e1b04c8a43',
};
const JAR = `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`;
const UNPACK_MS = 60_000;

/**
 * The directory of Apicurio Registry, with the digest pinned here. It is downloaded if it is
 * missing. Several processes may call this at once: the first rename wins, and the others use its
 * result.
 */
export async function ensureRegistryDir(cacheDir: string, options: FetchOptions): Promise<string> {
  const dir = join(cacheDir, NAME);
  if (await isThere(registryJar(dir))) {
    return dir;
  }
  const ownDir = join(cacheDir, `.${NAME}-${randomUUID()}`);
  const archiveDir = await ensureFiles({
    ...options,
    cacheDir,
    name: `${NAME}-archive`,
    files: [ARCHIVE],
  });
  try {
    await mkdir(ownDir, { recursive: true });
    const archive = join(archiveDir, basename(ARCHIVE.path));
    await run('tar', ['-xzf', archive, '-C', ownDir], UNPACK_MS);
    await rename(ownDir, dir).catch(async (error: unknown) => {
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

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function run(command: string, args: readonly string[], timeoutMs: number): Promise<void> {
  const { exitCode, stdout, stderr } = await runProgram({ command, args, timeoutMs });
  if (exitCode !== 0) {
    throw new LocalKafkaError(
      'DOWNLOAD_FAILED',
      `The archive of the schema registry cannot be unpacked: ${command} failed (exit code ${exitCode}).`,
      {
        whatToDo: 'The last lines of the tool say why.',
        output: `${stdout.toString('utf8')}${stderr}`.slice(-2_000),
      },
    );
  }
}
