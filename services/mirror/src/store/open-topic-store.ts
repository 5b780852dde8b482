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
  /** Directory that holds the stores of all topics of this process. */
  readonly root: string;
  readonly identity: StoreIdentity;
  readonly versions?: Versions | undefined;
  readonly cacheBytes: number;
  /** See `LevelStoreOptions`; by default a part of the memory for caches. */
  readonly runBytes?: number | undefined;
}

/** Of a run: small ones are many, and each is asked for a key until they are settled. */
const RUN_BYTES = { least: 131_072, most: 4_194_304 };
/** Of the memory for caches, for the runs of all partitions together while they are loaded. */
const RUNS_SHARE = 0.2;

export interface OpenedStore {
  readonly store: LevelStore;
  /** Of the topic, as the store knows it. */
  readonly partitions: number;
  /** Why what was found could not be used and was put aside; undefined where nothing was. */
  readonly discarded: string | undefined;
}

/** The name is a hash: what users call their topics never becomes part of a path. */
export function storeDirectory(root: string, topic: string): string {
  const hash = createHash('sha256').update(topic).digest('hex');
  return join(root, hash.slice(0, 16));
}

/**
 * Opens the store of a topic, or an empty one where there is none. A directory that cannot be read,
 * or that holds something else, is never served and never repaired: a corrupt one is kept beside
 * the new one as `<name>.corrupt` (the last one only), one of another topic or format is deleted.
 * Everything in it can be read again from Kafka. Throws where the directory is in use by another
 * process, or cannot be written now.
 */
export async function openTopicStore(options: OpenTopicStoreOptions): Promise<OpenedStore> {
  const { root, identity, versions, cacheBytes } = options;
  const directory = storeDirectory(root, identity.topic);
  const runBytes = options.runBytes ?? runBytesOf(cacheBytes, identity.partitions);
  const level = { directory, versions, cacheBytes, runBytes, identity: printIdentity(identity) };
  const opened = await openExisting(level);
  if (opened === undefined) {
    await setCorruptAside(directory);
    return openedStore(await LevelStore.open(level), 'LevelDB cannot open it');
  }
  const problem = identityProblem(opened.identity(), identity);
  if (problem === undefined) {
    return openedStore(opened, undefined);
  }
  await opened.close();
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

/** Undefined where the directory is corrupt; other failures are thrown. */
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

/** No retry helps: two processes must never write one directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}
