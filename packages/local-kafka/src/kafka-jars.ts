import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@quicksilver/processes/run-program';
import { diskFull, requireFreeSpace, saysDiskFull } from './disk-space.ts';
import { downloadJars } from './maven-download.ts';
import { LocalKafkaError } from './local-kafka-error.ts';

export const KAFKA_VERSION = '4.3.1';
/** The oldest version that the tests use. `quick dev` never starts it. */
export const KAFKA_VERSION_MIN = '3.7.2';
export type KafkaVersion = typeof KAFKA_VERSION | typeof KAFKA_VERSION_MIN;

export interface JarsProgress {
  readonly step: 'downloading' | 'verifying';
  readonly done: number;
  readonly total: number;
}

export interface KafkaJarsOptions {
  /** Holds one directory per Kafka version; see `defaultCacheDir`. */
  readonly cacheDir: string;
  /** `KAFKA_VERSION` by default. */
  readonly version?: KafkaVersion | undefined;
  readonly env?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** How much room a download asks for, in the cache and in Maven's own repository together. */
  readonly freeMbMin?: number | undefined;
  readonly onProgress?: ((progress: JarsProgress) => void) | undefined;
}

/** `$XDG_CACHE_HOME/quicksilver`, or `~/.cache/quicksilver` if that variable is not set. */
export function defaultCacheDir(env: Environment): string {
  const base = env['XDG_CACHE_HOME'];
  const home = env['HOME'] ?? homedir();
  return join(base === undefined || base === '' ? join(home, '.cache') : base, 'quicksilver');
}

/**
 * The directory that holds Kafka's JARs, each of the digest pinned in `jars.sha256`; fetched with
 * Maven when they are not there. Several processes may call it at once: each fetches into a
 * directory of its own, the first rename wins, and the others take what is there.
 */
export async function ensureKafkaJars(options: KafkaJarsOptions): Promise<string> {
  const { version = KAFKA_VERSION } = options;
  const jarsDir = join(options.cacheDir, `kafka-${version}`);
  const pinned = await readPinned(version);
  if (await isComplete(jarsDir, pinned)) {
    return jarsDir;
  }
  const ownDir = join(options.cacheDir, `.kafka-${version}-${randomUUID()}`);
  try {
    await mkdir(ownDir, { recursive: true });
    await requireFreeSpace(ownDir, options.freeMbMin ?? 250);
    await downloadJars({
      outputDir: ownDir,
      version,
      fileNames: new Set(pinned.keys()),
      env: options.env,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? 600_000,
      onDownloaded: (done) =>
        options.onProgress?.({ step: 'downloading', done, total: pinned.size }),
    });
    await verify(ownDir, pinned, options);
    await writeFile(join(ownDir, MARKER), `${version}\n`);
    await publish(ownDir, jarsDir, pinned);
    return jarsDir;
  } catch (error) {
    throw saysDiskFull(error)
      ? diskFull(options.cacheDir, 'writing Kafka’s JARs failed', error)
      : error;
  } finally {
    await rm(ownDir, { recursive: true, force: true });
  }
}

// Written after the digests were compared, so a directory that holds it holds the right files.
const MARKER = '.verified';

/** File name → SHA-256, as `sha256sum` writes it. */
async function readPinned(version: KafkaVersion): Promise<ReadonlyMap<string, string>> {
  const file = version === KAFKA_VERSION ? 'jars.sha256' : `jars-${version}.sha256`;
  const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
  const pinned = new Map<string, string>();
  for (const line of text.trim().split('\n')) {
    const [digest, name] = line.split('  ');
    if (digest !== undefined && name !== undefined) {
      pinned.set(name, digest);
    }
  }
  return pinned;
}

async function isComplete(dir: string, pinned: ReadonlyMap<string, string>): Promise<boolean> {
  try {
    await stat(join(dir, MARKER));
    const present = new Set(await readdir(dir));
    return [...pinned.keys()].every((name) => present.has(name));
  } catch {
    // No directory or no marker: nothing there that could be used.
    return false;
  }
}

async function verify(
  dir: string,
  pinned: ReadonlyMap<string, string>,
  options: KafkaJarsOptions,
): Promise<void> {
  let done = 0;
  for (const [name, expected] of pinned) {
    const bytes = await readFile(join(dir, name)).catch(() => Buffer.alloc(0));
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest !== expected) {
      const what =
        bytes.length === 0 ? 'is missing' : `has the SHA-256 ${digest}, ${expected} is wanted`;
      throw new LocalKafkaError(
        'DOWNLOAD_FAILED',
        `Of Kafka’s JARs that Maven fetched, ${name} ${what}.`,
        {
          whatToDo:
            'Remove it from Maven’s local repository (~/.m2/repository) and try again; if it stays, ask who runs the repository that Maven fetches from.',
        },
      );
    }
    done += 1;
    options.onProgress?.({ step: 'verifying', done, total: pinned.size });
  }
}

async function publish(
  ownDir: string,
  jarsDir: string,
  pinned: ReadonlyMap<string, string>,
): Promise<void> {
  try {
    await rename(ownDir, jarsDir);
  } catch (error) {
    // Either another process was faster, or a damaged directory exists.
    if (await isComplete(jarsDir, pinned)) {
      return;
    }
    const damagedDir = `${ownDir}-damaged`;
    await rename(jarsDir, damagedDir);
    await rename(ownDir, jarsDir).catch(async () => {
      if (!(await isComplete(jarsDir, pinned))) {
        throw error;
      }
    });
    await rm(damagedDir, { recursive: true, force: true });
  }
}
