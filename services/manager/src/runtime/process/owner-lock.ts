import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError } from '@quicksilver/common/errors/app-error';
import { codeOf } from '@quicksilver/common/errors/code-of';
import {
  identityOfThisProcess,
  isProcessIdentity,
  isRunning,
  type ProcessIdentity,
} from '@quicksilver/processes/process-identity';
import { z } from 'zod';

const owner = z.object({
  id: z.string(),
  process: z.custom<ProcessIdentity>(isProcessIdentity),
});

const FILE = 'owner.json';
const TRIES = 5;

/** The process that supervises the directory. Undefined if there is none. */
export async function ownerOf(directory: string): Promise<ProcessIdentity | undefined> {
  const owner = await readOwner(join(directory, FILE));
  return owner !== undefined && (await isRunning(owner.process)) ? owner.process : undefined;
}

/**
 * Makes this runtime the only one that supervises the directory, because two would each start
 * everything. A killed owner loses the lock. The returned function releases it.
 */
export async function takeOwnership(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, FILE);
  const id = randomUUID();
  const draft = join(directory, `owner-${id}.new`);
  const self = await identityOfThisProcess();
  await writeFile(draft, `${JSON.stringify({ id, process: self })}\n`, { mode: 0o600 });
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (await linked(draft, file)) {
        return () => release(file, id);
      }
      const other = await readOwner(file);
      if (other !== undefined && (await isRunning(other.process))) {
        throw new AppError(
          'CANNOT_RUN_HERE',
          `Process ${other.process.pid} already runs services from ${directory}. Stop that process, or use another directory.`,
        );
      }
      await putAside(file, other?.id, join(directory, `owner-${id}.old`));
    }
    throw new AppError(
      'CANNOT_RUN_HERE',
      `Several processes are trying to run services from ${directory} at the same time. Start only one of them.`,
    );
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes the lock of an owner that is gone. If another owner has the lock by now, its lock is
 * restored.
 */
async function putAside(file: string, goneId: string | undefined, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return;
    }
    throw error;
  }
  if ((await readOwner(aside))?.id !== goneId) {
    await linked(aside, file);
  }
  await rm(aside, { force: true });
}

async function release(file: string, id: string): Promise<void> {
  if ((await readOwner(file))?.id === id) {
    await rm(file, { force: true });
  }
}

async function readOwner(file: string): Promise<z.infer<typeof owner> | undefined> {
  try {
    return owner.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Atomic: if several processes try at once, exactly one succeeds. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}
