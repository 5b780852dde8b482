import { realpath } from 'node:fs/promises';

import { AppError } from '@quicksilver/common/errors/app-error';

import { endRun, type EndRunOptions } from './end-run.ts';
import { ownerOf } from './owner-lock.ts';
import { listReplicas, type ReplicaId, replicaFiles } from './replica-files.ts';
import { readRunRecord, writeRunRecord } from './run-record.ts';
import { TIMINGS } from './timings.ts';

export interface EndLeftoversOptions {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** The environment for the container engine. */
  readonly machineEnvironment: Readonly<Record<string, string>>;
}

/**
 * Stops everything that runs from a directory after its manager is gone, and returns the replicas
 * that still ran. Data, output and ports stay. Throws while a manager runs there, because it would
 * restart everything.
 */
export async function endLeftovers(
  directory: string,
  options: EndLeftoversOptions,
): Promise<readonly ReplicaId[]> {
  let root: string;
  try {
    root = await realpath(directory);
  } catch {
    // Nothing ever ran there.
    return [];
  }
  const owner = await ownerOf(root);
  if (owner !== undefined) {
    throw new AppError(
      'CANNOT_RUN_HERE',
      `Cannot stop the replicas in ${root}, because their manager still runs as process ${owner.pid}. Stop the manager first.`,
    );
  }
  const { machineEnvironment: environment, graceMs = TIMINGS.drainMs } = options;
  const replicas = await listReplicas(root);
  const ended = await Promise.all(
    replicas.map((id) => endReplica(root, id, { environment, graceMs, isInherited: true })),
  );
  return replicas.filter((_id, index) => ended[index] === true);
}

async function endReplica(root: string, id: ReplicaId, how: EndRunOptions): Promise<boolean> {
  const file = replicaFiles(root, id).recordFile;
  const record = await readRunRecord(file);
  if (record === undefined) {
    return false;
  }
  const wasRunning = await endRun(record, how);
  const { run: _ended, container: _removed, ...rest } = record;
  await writeRunRecord(file, rest);
  return wasRunning;
}
