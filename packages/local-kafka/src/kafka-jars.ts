import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@quicksilver/processes/run-program';
import { ensureFiles, type FetchOptions } from './maven/ensure-files.ts';
import type { FileToFetch } from './maven/fetch-file.ts';

export const KAFKA_VERSION = '4.3.1';
/** The oldest version that the tests use. `quick dev` never starts it. */
export const KAFKA_VERSION_MIN = '3.7.2';
export type KafkaVersion = typeof KAFKA_VERSION | typeof KAFKA_VERSION_MIN;

export interface KafkaJarsOptions extends FetchOptions {
  /** Holds one directory per Kafka version; see `defaultCacheDir`. */
  readonly cacheDir: string;
  /** `KAFKA_VERSION` by default. */
  readonly version?: KafkaVersion | undefined;
}

/** `$XDG_CACHE_HOME/quicksilver`, or `~/.cache/quicksilver` if that variable is not set. */
export function defaultCacheDir(env: Environment): string {
  const base = env['XDG_CACHE_HOME'];
  const home = env['HOME'] ?? homedir();
  return join(base === undefined || base === '' ? join(home, '.cache') : base, 'quicksilver');
}

/** The directory with Kafka's JARs. Downloads them if they are not in the cache. */
export async function ensureKafkaJars(options: KafkaJarsOptions): Promise<string> {
  const { version = KAFKA_VERSION } = options;
  const files = await readPinned(version);
  return await ensureFiles({ ...options, files, name: `kafka-${version}` });
}

/** SHA-256 and path of each JAR, as `sha256sum` prints them in a Maven repository. */
async function readPinned(version: KafkaVersion): Promise<readonly FileToFetch[]> {
  const file = version === KAFKA_VERSION ? 'jars.sha256' : `jars-${version}.sha256`;
  const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [sha256 = '', path = ''] = line.split('  ');
      return { sha256, path };
    });
}
