import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { takeLock } from '@quicksilver/processes/lock-file';
import {
  identityOfThisProcess,
  isProcessIdentity,
  isRunning,
} from '@quicksilver/processes/process-identity';
import type { Environment } from '@quicksilver/processes/run-program';
import { diskFull, requireFreeSpace, saysDiskFull } from '../disk-space.ts';
import { LocalKafkaError } from '../local-kafka-error.ts';
import { fetchFile, type FileToFetch } from './fetch-file.ts';
import { MavenRepository } from './maven-repository.ts';

export interface DownloadProgress {
  readonly step: 'downloading';
  /** Files. */
  readonly done: number;
  readonly total: number;
}

export interface FetchOptions {
  /** Address of a repository that replaces the one of Maven's settings. */
  readonly repositoryUrl?: string | undefined;
  /** With `HOME`, in which Maven's settings are, and with the variables of a proxy. */
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Before the second attempt for a file. */
  readonly firstPauseMs?: number | undefined;
  /** Space that a download needs. */
  readonly freeMbMin?: number | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

export interface EnsureFilesOptions extends FetchOptions {
  readonly files: readonly FileToFetch[];
  readonly cacheDir: string;
  /** Of the directory in the cache that will hold the files. */
  readonly name: string;
}

const CONNECTIONS = 6;
const TIMEOUT_MS = 600_000;
const LOOK_EVERY_MS = 100;
/** Written after the digests were compared, so a directory that holds it holds the right files. */
const MARKER = '.verified';

/**
 * The directory of the cache that holds files of Maven repositories, each with its pinned digest.
 * Complete directories need no network. Of several processes one downloads, and the others wait.
 * What an aborted download has fetched is kept for the next one.
 */
export async function ensureFiles(options: EnsureFilesOptions): Promise<string> {
  const { cacheDir, name, files, timeoutMs = TIMEOUT_MS } = options;
  const dir = join(cacheDir, name);
  if (await isComplete(dir, files)) {
    return dir;
  }
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal =
    options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  try {
    await mkdir(cacheDir, { recursive: true });
    await underLock(join(cacheDir, `.${name}.lock`), signal, async () => {
      if (!(await isComplete(dir, files))) {
        await download(options, dir, signal);
      }
    });
    return dir;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) {
      throw tooSlow(cacheDir, timeoutMs);
    }
    throw saysDiskFull(error) ? diskFull(cacheDir, 'writing a download failed', error) : error;
  }
}

async function download(
  options: EnsureFilesOptions,
  dir: string,
  signal: AbortSignal,
): Promise<void> {
  const { files, cacheDir, name, env, onProgress, firstPauseMs } = options;
  const draftDir = join(cacheDir, `.${name}.download`);
  await mkdir(draftDir, { recursive: true });
  await requireFreeSpace(draftDir, options.freeMbMin ?? 150);
  using repository = await MavenRepository.open({ url: options.repositoryUrl, env });
  const present = new Set(await readdir(draftDir));
  const left = files.filter(({ path }) => !present.has(basename(path)));
  let done = files.length - left.length;
  const report = (): void => onProgress?.({ step: 'downloading', done, total: files.length });
  report();
  const failure = new AbortController();
  const anyEnd = AbortSignal.any([signal, failure.signal]);
  const work = async (): Promise<void> => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const target = join(draftDir, basename(file.path));
      await fetchFile(repository, file, target, { signal: anyEnd, firstPauseMs });
      done += 1;
      report();
    }
  };
  const workers = Array.from({ length: CONNECTIONS }, () =>
    work().catch((error: unknown) => failure.abort(error)),
  );
  await Promise.all(workers);
  anyEnd.throwIfAborted();
  await writeFile(join(draftDir, MARKER), '');
  // A damaged directory may exist.
  await rm(dir, { recursive: true, force: true });
  await rename(draftDir, dir);
}

async function isComplete(dir: string, files: readonly FileToFetch[]): Promise<boolean> {
  try {
    await stat(join(dir, MARKER));
    const present = new Set(await readdir(dir));
    return files.every(({ path }) => present.has(basename(path)));
  } catch {
    // No directory or no marker: nothing there that could be used.
    return false;
  }
}

async function underLock(
  file: string,
  signal: AbortSignal,
  task: () => Promise<void>,
): Promise<void> {
  const text = JSON.stringify({ ...(await identityOfThisProcess()), id: randomUUID() });
  while ((await takeLock({ file, text, isHeld })) !== undefined) {
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
  try {
    await task();
  } finally {
    await rm(file, { force: true });
  }
}

async function isHeld(text: string): Promise<boolean> {
  try {
    const holder: unknown = JSON.parse(text);
    return isProcessIdentity(holder) && (await isRunning(holder));
  } catch {
    return false;
  }
}

function tooSlow(cacheDir: string, timeoutMs: number): LocalKafkaError {
  return new LocalKafkaError(
    'DOWNLOAD_FAILED',
    `The download into ${cacheDir} was not complete after ${timeoutMs / 1_000} s.`,
    {
      whatToDo:
        'Check the network of this machine, then start again: the download continues. Or set QUICK_MAVEN_REPOSITORY to the address of a closer repository.',
    },
  );
}
