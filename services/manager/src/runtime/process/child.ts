import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

import {
  identityOf,
  isRunning,
  type ProcessIdentity,
} from '@quicksilver/processes/process-identity';

/** A supervised process, started by this manager or by an earlier one. */
export interface Child {
  /** Undefined if the process ended before its identity could be read. */
  readonly identity: ProcessIdentity | undefined;
  /** Aborted once it has ended. */
  readonly gone: AbortSignal;
  /** How it ended, as text. Valid after `gone`. */
  ending(): string;
  /** Stops watching. The process keeps running. */
  letGo(): void;
}

export interface Launch {
  readonly command: readonly string[];
  /** The complete environment. The child inherits nothing from this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly logFile: string;
}

/**
 * Starts a process that outlives this one. It gets its own session, and files instead of pipes,
 * since pipes would break with this process. Rejects if it cannot be started.
 */
export async function startChild(launch: Launch): Promise<Child> {
  const [program = '', ...args] = launch.command;
  const output = openSync(launch.logFile, 'a', 0o600);
  const gone = new AbortController();
  let ending = '';
  const started = spawn(program, args, {
    cwd: launch.directory,
    env: launch.environment,
    stdio: ['ignore', output, output],
    detached: true,
    shell: false,
  });
  closeSync(output);
  const pid = await new Promise<number>((resolve, reject) => {
    started.once('error', reject);
    started.once('exit', (code, signal) => {
      ending = signal === null ? `it ended with exit code ${code}` : `${signal} ended it`;
      gone.abort();
    });
    started.once('spawn', () => resolve(started.pid ?? 0));
  });
  let identity: ProcessIdentity | undefined;
  try {
    identity = await identityOf(pid);
  } catch (error) {
    // Without an identity, no later manager could recognize the process, so it must not keep
    // running.
    started.kill('SIGKILL');
    throw error;
  }
  return {
    identity,
    gone: gone.signal,
    ending: () => ending,
    letGo: () => started.unref(),
  };
}

/** Watches a process with another parent. Only the parent gets its exit code. */
export function adoptChild(identity: ProcessIdentity, everyMs: number): Child {
  const gone = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isWatched = true;
  const look = async (): Promise<void> => {
    // If the check fails, it is repeated later.
    const runs = await isRunning(identity).catch(() => true);
    if (!runs) {
      gone.abort();
    } else if (isWatched) {
      timer = setTimeout(() => void look(), everyMs);
    }
  };
  timer = setTimeout(() => void look(), everyMs);
  return {
    identity,
    gone: gone.signal,
    ending: () => 'it ended; only the manager that started it has its exit code',
    letGo: () => {
      isWatched = false;
      clearTimeout(timer);
    },
  };
}
