import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

import { identityOf, isRunning, type ProcessIdentity } from './process-identity.ts';

/** A process that is watched: one that was started here, or by an earlier manager. */
export interface Child {
  /** Undefined where it ended before it could be looked at. */
  readonly identity: ProcessIdentity | undefined;
  /** Aborted once it has ended. */
  readonly gone: AbortSignal;
  /** How it ended, in words; after `gone`. */
  ending(): string;
  /** Watches no longer; the process runs on. */
  letGo(): void;
}

export interface Launch {
  readonly command: readonly string[];
  /** All of it: nothing of this process's own environment is handed on. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly logFile: string;
}

/**
 * Starts a process that outlives this one: in a session of its own, and with files instead of pipes,
 * which would break with this process. Rejects where it cannot be started at all.
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
    // A process that nobody could tell from others later must not run on.
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

/** Watches a process that somebody else is the parent of, who alone would hear of its exit code. */
export function adoptChild(identity: ProcessIdentity, everyMs: number): Child {
  const gone = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isWatched = true;
  const look = async (): Promise<void> => {
    // Where it cannot be told now it is asked again.
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
    ending: () => 'it ended; its exit code went to the manager that had started it',
    letGo: () => {
      isWatched = false;
      clearTimeout(timer);
    },
  };
}
