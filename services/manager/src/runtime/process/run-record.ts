import { readFile, rename, rm, writeFile } from 'node:fs/promises';

import { isProcessIdentity, type ProcessIdentity } from '@quicksilver/processes/process-identity';
import { z } from 'zod';

const port = z.int().min(1).max(65_535);

const runRecord = z.object({
  /** Constant for the life of the replica. Applications have none. */
  ports: z.object({ service: port, ops: port }).optional(),
  /** Set before a removal starts, so that an interrupted removal can be completed. */
  isRemoving: z.boolean(),
  restarts: z.int().min(0),
  /** The name of the container, and the engine that manages it. */
  container: z
    .object({ engine: z.array(z.string()).min(1), name: z.string().regex(/^[a-z0-9-]{1,120}$/) })
    .optional(),
  /** Set while a process runs, or was about to start when the record was written. */
  run: z
    .object({
      /** The mark in the environment of the process. */
      id: z.string(),
      /** Digest of what was started. */
      digest: z.string(),
      command: z.array(z.string()),
      process: z
        .custom<ProcessIdentity>(isProcessIdentity)
        // As a process group, 1 would be every process.
        .refine(({ pid }) => pid > 1)
        .optional(),
    })
    .optional(),
});

/** What a later manager needs to know about a replica. One file for each replica. */
export type RunRecord = Readonly<z.infer<typeof runRecord>>;

export const NEW_RECORD: RunRecord = { isRemoving: false, restarts: 0 };

/** Undefined if the record is missing or unreadable. */
export async function readRunRecord(file: string): Promise<RunRecord | undefined> {
  try {
    return runRecord.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Atomic: a reader never sees a partial record, even if this process is killed. */
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
