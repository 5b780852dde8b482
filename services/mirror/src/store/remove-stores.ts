import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { storeDirectory } from './open-topic-store.ts';

const STORE = /^[\da-f]{16}(?:\.corrupt)?$/;

/** Deletes the store of a topic, which must be closed, and the corrupt store beside it. */
export async function removeStore(root: string, topic: string): Promise<void> {
  const directory = storeDirectory(root, topic);
  await rm(directory, { recursive: true, force: true });
  await rm(`${directory}.corrupt`, { recursive: true, force: true });
}

/** Deletes the stores of all other topics. Returns their number. Leaves other files alone. */
export async function removeOtherStores(root: string, topics: Iterable<string>): Promise<number> {
  const directories = new Set([...topics].map((topic) => basename(storeDirectory(root, topic))));
  const names = await namesIn(root);
  const orphans = names.filter((name) => STORE.test(name) && !directories.has(name.slice(0, 16)));
  await Promise.all(orphans.map((name) => rm(join(root, name), { recursive: true, force: true })));
  return orphans.length;
}

async function namesIn(root: string): Promise<readonly string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
