import { readFile, rename, rm, writeFile } from 'node:fs/promises';

import { z } from 'zod';

const port = z.int().min(1).max(65_535);

const runRecord = z.object({
  /** Kept for the life of the replica; applications have none. */
  ports: z.object({ service: port, ops: port }).optional(),
  /** Set before the first thing is taken away: whoever finds it finishes the removal. */
  isRemoving: z.boolean(),
  restarts: z.int().min(0),
  /** Name of the container that its runs have, and the command that rules over it. */
  container: z
    .object({ engine: z.array(z.string()).min(1), name: z.string().regex(/^[a-z0-9-]{1,120}$/) })
    .optional(),
  /** There while a process runs, or was about to run when the record was written. */
  run: z
    .object({
      /** The mark in the environment of the process. */
      id: z.string(),
      /** Digest of what was started. */
      digest: z.string(),
      command: z.array(z.string()),
      process: z
        .object({ pid: z.int().min(2), startedAt: z.string(), bootId: z.string() })
        .optional(),
    })
    .optional(),
});

/** What a later manager must know of a replica, one file for each. */
export type RunRecord = Readonly<z.infer<typeof runRecord>>;

export const NEW_RECORD: RunRecord = { isRemoving: false, restarts: 0 };

/** Undefined where there is none, or one that nobody can read. */
export async function readRunRecord(file: string): Promise<RunRecord | undefined> {
  try {
    return runRecord.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Atomic for every reader, also for one that comes after this process was killed. */
export async function writeRunRecord(file: string, record: RunRecord): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  try {
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
