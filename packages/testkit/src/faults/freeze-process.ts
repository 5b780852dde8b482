import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { eventually } from '../basics/eventually.ts';

const FREEZE_MS = 60_000;

/** Stops a process and resolves once it is stopped: a sent signal alone does not prove that. */
export async function freezeProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await eventually(async () => {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
    if (!stdout.trim().startsWith('T')) {
      throw new Error(`process ${pid} is in the state '${stdout.trim()}'`);
    }
  }, FREEZE_MS);
}

export function thawProcess(pid: number): void {
  process.kill(pid, 'SIGCONT');
}
