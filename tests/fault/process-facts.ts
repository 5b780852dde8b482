import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { RunRecord } from '@quicksilver/manager/runtime/process/run-record';
import type { Workload } from '@quicksilver/manager/runtime/runtime';
import { identityOf } from '@quicksilver/processes/process-identity';
import type { ProcessBench } from '@quicksilver/testkit/runtime/process-bench';

export const ENVIRONMENT = { machineEnvironment: { PATH: '/usr/bin:/bin' } };
export const pathOf = (file: string): string => fileURLToPath(import.meta.resolve(file));
export const recordOf = (bench: ProcessBench, ordinal = 0): string =>
  join(bench.directory, 'mirror', 'airports', String(ordinal), 'run.json');
export const isAlive = async (pid: number): Promise<boolean> =>
  (await identityOf(pid)) !== undefined;

export async function readRecord(bench: ProcessBench, ordinal = 0): Promise<RunRecord> {
  return JSON.parse(await readFile(recordOf(bench, ordinal), 'utf8')) as RunRecord;
}

/** All processes with their data below the directory, known to a manager or not. */
export async function processesBelow(directory: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const descendants: number[] = [];
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (environment.includes(`QUICK_DATA_DIR=${directory}/`) && (await isAlive(pid))) {
      descendants.push(pid);
    }
  }
  return descendants;
}

/** A process that has nothing to do with any runtime; ended with the test. */
export function startInnocent(env: Record<string, string> = {}): ChildProcess & AsyncDisposable {
  const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', script], { env, detached: true, stdio: 'ignore' });
  return Object.assign(child, {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  });
}

/** A manager in a process of its own; resolves once its workloads are ready. */
export async function startOwner(
  bench: ProcessBench,
  workloads: readonly Workload[],
  then = 'stay',
): Promise<ChildProcess> {
  const main = pathOf('@quicksilver/testkit/runtime/runtime-owner');
  const args = [main, bench.directory, JSON.stringify(workloads), then];
  const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  await once(owner.stdout ?? owner, 'data');
  return owner;
}

export async function kill(owner: ChildProcess): Promise<void> {
  owner.kill('SIGKILL');
  await once(owner, 'exit');
}
