import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { storeDirectory } from './open-topic-store.ts';

const STORE = /^[\da-f]{16}(?:\.corrupt)?$/;

/** Deletes what there is of a topic's store, which must be closed; also what was put aside of it. */
export async function removeStore(root: string, topic: string): Promise<void> {
  const directory = storeDirectory(root, topic);
  await rm(directory, { recursive: true, force: true });
  await rm(`${directory}.corrupt`, { recursive: true, force: true });
}

/** Deletes the stores of all topics but these; answers how many. Other files stay. */
export async function removeOtherStores(root: string, topics: Iterable<string>): Promise<number> {
  const kept = new Set([...topics].map((topic) => basename(storeDirectory(root, topic))));
  const found = await namesIn(root);
  const others = found.filter((name) => STORE.test(name) && !kept.has(name.slice(0, 16)));
  await Promise.all(others.map((name) => rm(join(root, name), { recursive: true, force: true })));
  return others.length;
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
