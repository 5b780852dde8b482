import { spawn } from 'node:child_process';
import { BoundedTail } from './bounded-tail.ts';

/** The environment of a program; undefined means that of this process. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface RunProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Environment | undefined;
  readonly cwd?: string | undefined;
  /** Written to the program's standard input, which is closed after it. */
  readonly input?: string | Uint8Array | undefined;
  /** Past this the program gets SIGTERM, and SIGKILL two seconds later. */
  readonly timeoutMs: number;
  /** Ends the program early, as the timeout does. */
  readonly signal?: AbortSignal | undefined;
  /** Receives standard output as it comes; without it the last 64 MiB are kept. */
  readonly onStdout?: ((chunk: Buffer) => void) | undefined;
  readonly onStderr?: ((chunk: Buffer) => void) | undefined;
}

export interface ProgramOutcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** Empty when `onStdout` was given. */
  readonly stdout: Buffer;
  /** The last 64 KiB of it. */
  readonly stderr: string;
}

const STDOUT_BYTES_MAX = 64 * 1024 * 1024;
const STDERR_BYTES_MAX = 64 * 1024;
const KILL_AFTER_MS = 2_000;

/** Runs a program to its end. Rejects only if it cannot start (`ENOENT` if it does not exist). */
export function runProgram(options: RunProgramOptions): Promise<ProgramOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.command, options.args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stdout = new BoundedTail(STDOUT_BYTES_MAX);
    const stderr = new BoundedTail(STDERR_BYTES_MAX);
    let timedOut = false;
    let killTimer: NodeJS.Timeout | undefined;
    const end = (): void => {
      child.kill('SIGTERM');
      killTimer ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, options.timeoutMs);
    const release = (): void => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      options.signal?.removeEventListener('abort', end);
    };

    child.stdout.on('data', options.onStdout ?? ((chunk: Buffer) => stdout.push(chunk)));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr.push(chunk);
      options.onStderr?.(chunk);
    });
    child.once('error', (error) => {
      release();
      reject(error);
    });
    child.once('close', (exitCode, signal) => {
      release();
      resolve({
        exitCode,
        signal,
        timedOut,
        stdout: stdout.bytes(),
        stderr: stderr.bytes().toString('utf8'),
      });
    });
    // A program may end without reading its input; its exit code shows the result.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    options.signal?.addEventListener('abort', end, { once: true });
    if (options.signal?.aborted === true) {
      end();
    }
  });
}
