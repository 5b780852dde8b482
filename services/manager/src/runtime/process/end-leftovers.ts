import { realpath } from 'node:fs/promises';

import { AppError } from '@quicksilver/common/errors/app-error';

import { endRun, type EndRunOptions } from './end-run.ts';
import { ownerOf } from './owner-lock.ts';
import { listReplicas, type ReplicaId, replicaPlace } from './replica-place.ts';
import { readRunRecord, writeRunRecord } from './run-record.ts';
import { TIMINGS } from './timings.ts';

export interface EndLeftoversOptions {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** For the program that runs containers. */
  readonly machineEnvironment: Readonly<Record<string, string>>;
}

/**
 * Ends everything that runs from a directory after its manager is gone, however that ended, and
 * answers what still ran. Data, output and ports stay. Refused while a manager runs there: it would
 * start everything again.
 */
export async function endLeftovers(
  directory: string,
  options: EndLeftoversOptions,
): Promise<readonly ReplicaId[]> {
  let root: string;
  try {
    root = await realpath(directory);
  } catch {
    // Nothing was ever run there.
    return [];
  }
  const owner = await ownerOf(root);
  if (owner !== undefined) {
    throw new AppError(
      'CANNOT_RUN_HERE',
      `What runs from ${root} was to be ended, but its manager still runs as process ${owner.pid}. End that one first.`,
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
  const file = replicaPlace(root, id).recordFile;
  const record = await readRunRecord(file);
  if (record === undefined) {
    return false;
  }
  const wasRunning = await endRun(record, how);
  const { run: _ended, container: _removed, ...kept } = record;
  await writeRunRecord(file, kept);
  return wasRunning;
}
