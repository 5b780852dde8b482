import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { openFailure } from './level-database.ts';
import { LevelStore, type LevelStoreOptions } from './level-store.ts';
import type { StoreIdentity } from './ports.ts';
import type { Versions } from './version-writes.ts';
import { setCorruptAside } from './set-aside.ts';
import { identityProblem, partitionsIn, printIdentity } from './store-identity.ts';

export interface OpenTopicStoreOptions {
  /** Directory with the stores of all topics of this process. */
  readonly root: string;
  readonly identity: StoreIdentity;
  readonly versions?: Versions | undefined;
  readonly cacheBytes: number;
  /** See `LevelStoreOptions`. By default a share of the memory for caches. */
  readonly runBytes?: number | undefined;
}

/**
 * Bytes of a run. Small runs are many, and a lookup may read each of them until they are settled.
 */
const RUN_BYTES = { least: 131_072, most: 4_194_304 };
/** The share of the memory for caches that the runs of all partitions get during a load. */
const RUNS_SHARE = 0.2;

export interface OpenedStore {
  readonly store: LevelStore;
  /** The number of partitions that the store has recorded. */
  readonly partitions: number;
  /** Why the previous store was discarded. Undefined if it was not. */
  readonly discarded: string | undefined;
}

/** The name is a hash, so that the name of a topic is never part of a path. */
export function storeDirectory(root: string, topic: string): string {
  const hash = createHash('sha256').update(topic).digest('hex');
  return join(root, hash.slice(0, 16));
}

/**
 * Opens the store of a topic, or creates an empty one. A directory that is corrupt or belongs to
 * something else is never served and never repaired. A corrupt one is kept as `<name>.corrupt`
 * (only the last one). The directory of another topic or format is deleted. Kafka still has all of
 * its data. Throws if another process uses the directory, or if it cannot be written now.
 */
export async function openTopicStore(options: OpenTopicStoreOptions): Promise<OpenedStore> {
  const { root, identity, versions, cacheBytes } = options;
  const directory = storeDirectory(root, identity.topic);
  const runBytes = options.runBytes ?? runBytesOf(cacheBytes, identity.partitions);
  const level = { directory, versions, cacheBytes, runBytes, identity: printIdentity(identity) };
  const existing = await openExisting(level);
  if (existing === undefined) {
    await setCorruptAside(directory);
    return openedStore(await LevelStore.open(level), 'LevelDB cannot open it');
  }
  const problem = identityProblem(existing.identity(), identity);
  if (problem === undefined) {
    return openedStore(existing, undefined);
  }
  await existing.close();
  await rm(directory, { recursive: true, force: true });
  return openedStore(await LevelStore.open(level), problem);
}

function openedStore(store: LevelStore, discarded: string | undefined): OpenedStore {
  return { store, discarded, partitions: partitionsIn(store.identity()) };
}

function runBytesOf(cacheBytes: number, partitions: number): number {
  const share = Math.floor((cacheBytes * RUNS_SHARE) / partitions);
  return Math.min(RUN_BYTES.most, Math.max(RUN_BYTES.least, share));
}

/** Undefined if the directory is corrupt. Throws other failures. */
async function openExisting(level: LevelStoreOptions): Promise<LevelStore | undefined> {
  try {
    return await LevelStore.open(level);
  } catch (error) {
    switch (openFailure(error)) {
      case 'corrupt':
        return undefined;
      case 'locked':
        throw new DirectoryInUseError(
          `The data directory ${level.directory} is in use by another process. Stop that process, or set QUICK_DATA_DIR to another directory.`,
          { cause: error },
        );
      case 'unavailable':
        throw new Error(`The data directory ${level.directory} cannot be opened`, { cause: error });
    }
  }
}

/** Not retried, because two processes must never write to one directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}
