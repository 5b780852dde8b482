import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { statusOf } from './process-status.ts';

/** Identifies a process uniquely. Process ids alone are reused, also after the machine restarts. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The start time as the operating system prints it. It is only compared, never parsed. */
  readonly startedAt: string;
  readonly bootId: string;
}

const run = promisify(execFile);

const TOOL_MS = 5_000;

/** Undefined if no process has the id, or only a zombie. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = (await statusOf(pid))?.startedAt;
  return startedAt === undefined ? undefined : { pid, startedAt, bootId: await readBootId() };
}

export async function identityOfThisProcess(): Promise<ProcessIdentity> {
  const identity = await identityOf(process.pid);
  if (identity === undefined) {
    throw new Error(
      `The system does not list this process (${process.pid}). Check that /proc is mounted.`,
    );
  }
  return identity;
}

/** Whether a value that was read from a file is an identity. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { pid, startedAt, bootId }: Partial<Record<keyof ProcessIdentity, unknown>> = value;
  return (
    Number.isInteger(pid) &&
    Number(pid) > 0 &&
    typeof startedAt === 'string' &&
    typeof bootId === 'string'
  );
}

/** Whether exactly this process runs now. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identityOf(identity.pid);
  return now?.startedAt === identity.startedAt && now.bootId === identity.bootId;
}

/** Those that run now, in the same order. */
export async function filterRunning<T extends ProcessIdentity>(
  processes: readonly T[],
): Promise<readonly T[]> {
  const isNow = await Promise.all(processes.map((each) => isRunning(each)));
  return processes.filter((_each, at) => isNow[at] === true);
}

async function readBootId(): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  }
  const { stdout } = await run('/usr/sbin/sysctl', ['-n', 'kern.boottime'], { timeout: TOOL_MS });
  return stdout.trim();
}
