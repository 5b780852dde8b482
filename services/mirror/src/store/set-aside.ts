import { rename, rm } from 'node:fs/promises';

/**
 * Renames the directory of a closed, corrupt store to `<directory>.corrupt`, for diagnosis. Only
 * the last one is kept. The next open starts with an empty store.
 */
export async function setCorruptAside(directory: string): Promise<void> {
  const aside = `${directory}.corrupt`;
  await rm(aside, { recursive: true, force: true });
  await rename(directory, aside);
}
