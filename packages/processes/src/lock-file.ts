import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

import { codeOf } from './code-of.ts';
import { identityOfThisProcess, isProcessIdentity, isRunning } from './process-identity.ts';

export interface LockFileOptions {
  readonly file: string;
  /** The text of a lock of this process. It must differ from the texts of other processes. */
  readonly text: string;
  /** Whether the process that wrote this text still uses what the lock protects. */
  readonly isHeld: (text: string) => Promise<boolean>;
}

const ATTEMPTS = 500;
const PAUSE_MS = 10;

/**
 * Creates the lock, or replaces one that is no longer held. Resolves to undefined then, and else to
 * the text of the holder. Every reader sees a complete file at every moment.
 *
 * A process that replaces a lock holds a second file meanwhile. So of several that found the same
 * old lock, only one replaces it, and none replaces a new one.
 */
export async function takeLock({
  file,
  text,
  isHeld,
}: LockFileOptions): Promise<string | undefined> {
  const gate = `${file}.taking`;
  const self = JSON.stringify(await identityOfThisProcess());
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await createWhole(file, text)) {
      return undefined;
    }
    const current = await textOf(file);
    if (current === undefined) {
      continue;
    }
    if (await isHeld(current)) {
      return current;
    }
    if (await createWhole(gate, self)) {
      try {
        if ((await textOf(file)) === current) {
          await replaceWhole(file, text);
          return undefined;
        }
      } finally {
        await rm(gate, { force: true });
      }
    } else {
      await removeAbandoned(gate);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  throw new Error(`${file} was changed all the time by other processes`);
}

/** Replaces the text of a file. A crash leaves either the old text or the new one. */
export async function replaceWhole(file: string, text: string): Promise<void> {
  const draft = draftOf(file);
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Returns false if the file exists. */
async function createWhole(file: string, text: string): Promise<boolean> {
  const draft = draftOf(file);
  try {
    await writeFile(draft, text);
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** A process was killed within the milliseconds in which it had this file. */
async function removeAbandoned(gate: string): Promise<void> {
  const text = await textOf(gate);
  if (text === undefined) {
    return;
  }
  const holder = parse(text);
  if (!isProcessIdentity(holder) || !(await isRunning(holder))) {
    await rm(gate, { force: true });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const draftOf = (file: string): string => `${file}.${randomUUID()}`;

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
