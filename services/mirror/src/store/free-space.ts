import { statfs } from 'node:fs/promises';

import { pause } from '@quicksilver/common/flow/deadline';

/** Below this a store that is opened would soon fail again. */
const FREE_BYTES_MIN = 33_554_432;
const LOOK_EVERY_MS = 1_000;

/** Resolves once the file system of the directory has some room, or the signal aborts. */
export async function awaitRoom(directory: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await hasRoom(directory))) {
    await pause(LOOK_EVERY_MS, signal);
  }
}

async function hasRoom(directory: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize >= FREE_BYTES_MIN;
  } catch {
    // The directory is gone: opening the store makes it anew, or says what is wrong.
    return true;
  }
}
