import { statfs } from 'node:fs/promises';
import { LocalKafkaError } from './local-kafka-error.ts';

/**
 * Throws `DISK_FULL` when the file system of an existing directory has less room than is wanted.
 */
export async function requireFreeSpace(dir: string, wantedMb: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const freeMb = Math.floor((bavail * bsize) / (1024 * 1024));
  if (freeMb < wantedMb) {
    throw diskFull(dir, `${wantedMb} MB are wanted, ${freeMb} MB are free`);
  }
}

export function diskFull(dir: string, detail: string, cause?: unknown): LocalKafkaError {
  return new LocalKafkaError('DISK_FULL', `The disk of ${dir} is full: ${detail}.`, {
    whatToDo: 'Free some space there, or choose a directory on another disk.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Node says it by code, Java only in the words of the operating system. */
export function saysDiskFull(error: unknown): boolean {
  if (typeof error === 'string') {
    return error.includes('No space left on device') || error.includes('Disk quota exceeded');
  }
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOSPC' || error.code === 'EDQUOT')
  );
}
