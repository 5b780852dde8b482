import { statfs } from 'node:fs/promises';

import { pause } from '@quicksilver/common/flow/deadline';

/** With less space, an opened store would soon fail again. */
const FREE_BYTES_MIN = 33_554_432;
const CHECK_EVERY_MS = 1_000;

/** Resolves when the directory's file system has free space, or when the signal aborts. */
export async function awaitRoom(directory: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await hasRoom(directory))) {
    await pause(CHECK_EVERY_MS, signal);
  }
}

async function hasRoom(directory: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize >= FREE_BYTES_MIN;
  } catch {
    // The directory is gone. Opening the store creates it, or reports the problem.
    return true;
  }
}
