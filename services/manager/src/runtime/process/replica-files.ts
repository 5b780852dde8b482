import { mkdir, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { isResourceName, RESOURCE_NAME_RULE } from '@quicksilver/contracts/control/resource-name';
import { AppError } from '@quicksilver/common/errors/app-error';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { WORKLOAD_KINDS, type WorkloadId } from '../runtime.ts';

export interface ReplicaId extends WorkloadId {
  readonly ordinal: number;
}

/** The files of one replica. */
export interface ReplicaFiles {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly logDirectory: string;
  readonly recordFile: string;
}

const RECORD = 'run.json';
const ORDINAL = /^(?:0|[1-9]\d{0,3})$/;

/** Throws if the name is invalid or could lead out of the directory. */
export function requireId({ kind, name }: WorkloadId): void {
  if (!WORKLOAD_KINDS.includes(kind) || !isResourceName(name)) {
    throw new AppError(
      'BAD_REQUEST',
      `${kind} "${name}" has an invalid name: ${RESOURCE_NAME_RULE}. Choose another name.`,
    );
  }
}

export function replicaFiles(root: string, id: ReplicaId): ReplicaFiles {
  requireId(id);
  const directory = join(root, id.kind, id.name, String(id.ordinal));
  return {
    directory,
    dataDirectory: join(directory, 'data'),
    logDirectory: join(directory, 'log'),
    recordFile: join(directory, RECORD),
  };
}

/** Creates the directories for this user only. Throws if a link leads out of the root. */
export async function createReplicaFiles(root: string, id: ReplicaId): Promise<ReplicaFiles> {
  const files = replicaFiles(root, id);
  for (const directory of [files.dataDirectory, files.logDirectory]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await requireInside(root, id, files);
  return files;
}

/** Removes the record last: while it exists, the removal is not complete. */
export async function removeReplicaFiles(root: string, id: ReplicaId): Promise<void> {
  const files = replicaFiles(root, id);
  await requireInside(root, id, files);
  for (const entry of await readdir(files.directory)) {
    if (entry !== RECORD) {
      await rm(join(files.directory, entry), { recursive: true, force: true });
    }
  }
  await rm(files.recordFile, { force: true });
  await rmdir(files.directory);
  await removeIfEmpty(join(root, id.kind, id.name));
}

/** All replicas with a directory. */
export async function listReplicas(root: string): Promise<readonly ReplicaId[]> {
  const ids: ReplicaId[] = [];
  for (const kind of WORKLOAD_KINDS) {
    for (const name of await entriesOf(join(root, kind))) {
      const ordinals = isResourceName(name) ? await entriesOf(join(root, kind, name)) : [];
      for (const ordinal of ordinals.filter((entry) => ORDINAL.test(entry))) {
        ids.push({ kind, name, ordinal: Number(ordinal) });
      }
    }
  }
  return ids;
}

async function requireInside(root: string, id: ReplicaId, files: ReplicaFiles): Promise<void> {
  const expected = join(await realpath(root), id.kind, id.name, String(id.ordinal));
  const realDirectory = await realpath(files.directory);
  if (realDirectory !== expected) {
    throw new AppError(
      'CANNOT_RUN_HERE',
      `The directory ${expected} of ${id.kind} "${id.name}" is a link to ${realDirectory}. Remove the link.`,
    );
  }
}

async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') {
      return [];
    }
    throw error;
  }
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'ENOENT') {
      throw error;
    }
  }
}
