import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { saysDiskFull } from '../disk-space.ts';
import { LocalKafkaError } from '../local-kafka-error.ts';
import type { MavenRepository } from './maven-repository.ts';

export interface FileToFetch {
  /** In the repository, such as `org/example/lib/1.0/lib-1.0.jar`. */
  readonly path: string;
  readonly sha256: string;
}

export interface FetchFileOptions {
  readonly signal: AbortSignal;
  readonly firstPauseMs?: number | undefined;
}

const ATTEMPTS_MAX = 5;
/** Before the second attempt. Each further pause is twice as long. */
const FIRST_PAUSE_MS = 1_000;
const REMEDY =
  'Check that this machine reaches the repository, or set QUICK_MAVEN_REPOSITORY to the address of another one. Then start again: the download continues.';

/**
 * Fetches a file, and resumes an earlier attempt from `<target>.part`. The target appears only when
 * it has the pinned digest. Other callers must not fetch it at the same time.
 */
export async function fetchFile(
  repository: MavenRepository,
  file: FileToFetch,
  target: string,
  { signal, firstPauseMs = FIRST_PAUSE_MS }: FetchFileOptions,
): Promise<void> {
  const part = `${target}.part`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const isResumed = await fetchRest(repository, file.path, part, signal);
      const digest = await digestOf(part);
      if (digest === file.sha256) {
        await rename(part, target);
        return;
      }
      await rm(part, { force: true });
      // The bytes of an earlier attempt may be damaged.
      if (!isResumed || attempt === ATTEMPTS_MAX) {
        throw wrongDigest(repository, file, digest);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LocalKafkaError || saysDiskFull(error)) {
        throw error;
      }
      if (attempt === ATTEMPTS_MAX) {
        throw failed(repository, file.path, reasonOf(error), error);
      }
      await pause(firstPauseMs * 2 ** (attempt - 1), undefined, { signal });
    }
  }
}

/** Returns whether the bytes of an earlier attempt were kept. */
async function fetchRest(
  repository: MavenRepository,
  path: string,
  part: string,
  signal: AbortSignal,
): Promise<boolean> {
  const offset = (await stat(part).catch(() => undefined))?.size ?? 0;
  const response = await repository.get(path, offset, signal);
  const { statusCode = 0, statusMessage = '' } = response;
  if (statusCode === 200 || statusCode === 206) {
    const isResumed = statusCode === 206;
    await pipeline(response, createWriteStream(part, { flags: isResumed ? 'a' : 'w' }), { signal });
    return isResumed;
  }
  response.resume();
  // The part is as long as the file, or longer.
  if (statusCode === 416) {
    return true;
  }
  const reason = `status ${statusCode} ${statusMessage}`.trim();
  if (statusCode >= 500 || statusCode === 408 || statusCode === 429) {
    throw new Error(reason);
  }
  throw failed(repository, path, reason);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(reasonOf).join(', ');
  }
  return error instanceof Error ? error.message : String(error);
}

function failed(
  { url }: MavenRepository,
  path: string,
  reason: string,
  cause?: unknown,
): LocalKafkaError {
  return new LocalKafkaError(
    'DOWNLOAD_FAILED',
    `The download of ${url}/${path} failed: ${reason.slice(0, 300)}.`,
    { whatToDo: REMEDY, cause },
  );
}

function wrongDigest({ url }: MavenRepository, file: FileToFetch, digest: string): LocalKafkaError {
  return new LocalKafkaError(
    'DOWNLOAD_FAILED',
    `${url}/${file.path} has the SHA-256 ${digest}, expected ${file.sha256}.`,
    {
      whatToDo:
        'The repository serves another file under this name. Ask its operator, or set QUICK_MAVEN_REPOSITORY to the address of another repository.',
    },
  );
}
