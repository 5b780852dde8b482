import { rename, rm } from 'node:fs/promises';

/**
 * Puts a closed store that proved corrupt aside as `<directory>.corrupt`, for whoever wants to know
 * what happened; of several only the last is kept. The next open begins with an empty store.
 */
export async function setCorruptAside(directory: string): Promise<void> {
  const aside = `${directory}.corrupt`;
  await rm(aside, { recursive: true, force: true });
  await rename(directory, aside);
}
