import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { lastLines } from '@quicksilver/processes/bounded-tail';
import { startGuarded, type GuardedProgram } from '@quicksilver/processes/guarded-program';
import type { Environment } from '@quicksilver/processes/run-program';

import { javaEnvironment, requireJava } from './java.ts';
import { LIGHT_JVM } from './light-jvm.ts';
import { LocalKafkaError } from './local-kafka-error.ts';
import type { FetchOptions } from './maven/ensure-files.ts';
import { ensureRegistryDir, registryJar } from './registry-archive.ts';

export interface LocalRegistryOptions {
  /** Created if it is missing. A start in the same directory has its schemas, with their ids. */
  readonly dataDir: string;
  /** See `defaultCacheDir`. */
  readonly cacheDir: string;
  /** Must be free. */
  readonly port: number;
  readonly logFile: string;
  /** With `HOME`, and with the variables of a proxy for the download. */
  readonly env: Environment;
  readonly stopTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: FetchOptions['onProgress'];
}

export interface LocalRegistry extends Pick<GuardedProgram, 'pid' | 'exited' | 'stop' | 'kill'> {
  /** Of Confluent's REST API. */
  readonly url: string;
}

// A limit for what hangs, not for what is slow.
const START_MS = 120_000;
const CALL_MS = 10_000;
const RETRY_MS = 100;

/**
 * Starts a schema registry (Apicurio) that stores its schemas on disk, and resolves once it serves.
 * It takes 250 MB, and cannot outlive this process. Rejects with a `LocalKafkaError`, and leaves
 * nothing running.
 */
export async function startLocalRegistry(options: LocalRegistryOptions): Promise<LocalRegistry> {
  const { dataDir, cacheDir, port, logFile, env, stopTimeoutMs, signal, onProgress } = options;
  const java = await requireJava(options);
  const programDir = await ensureRegistryDir(cacheDir, { env, signal, onProgress });
  await mkdir(dataDir, { recursive: true });
  const program = await startGuarded({
    command: java,
    args: [
      '-Xmx512m',
      ...LIGHT_JVM,
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      // Writes at once, so that a kill loses nothing.
      `-Dapicurio.datasource.url=jdbc:h2:file:${join(dataDir, 'registry')};WRITE_DELAY=0`,
      '-jar',
      registryJar(programDir),
    ],
    cwd: dataDir,
    env: javaEnvironment(env),
    outputFile: logFile,
    stopTimeoutMs,
  });
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  try {
    await awaitRegistry(url, program, options);
    return { ...program, url };
  } catch (error) {
    await program.kill();
    throw error;
  }
}

async function awaitRegistry(
  url: string,
  { exited }: GuardedProgram,
  { logFile, signal }: LocalRegistryOptions,
): Promise<void> {
  const startMs = performance.now();
  let hasExited = false;
  void exited.then(() => (hasExited = true));
  while (!(await serves(url))) {
    signal?.throwIfAborted();
    if (hasExited || performance.now() - startMs > START_MS) {
      throw new LocalKafkaError(
        'START_FAILED',
        hasExited
          ? 'The schema registry exited before it served.'
          : `The schema registry does not serve after ${START_MS / 1_000} seconds.`,
        { whatToDo: 'Its last lines say why.', output: await logTail(logFile) },
      );
    }
    await wait(RETRY_MS);
  }
}

async function serves(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(CALL_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function logTail(file: string): Promise<string> {
  return lastLines(await readFile(file, 'utf8').catch(() => ''), 15);
}
