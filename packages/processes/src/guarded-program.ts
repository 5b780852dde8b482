import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Environment } from './run-program.ts';

export interface GuardedProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment | undefined;
  /** Receives standard output and standard error; truncated at each start. */
  readonly outputFile: string;
  /** How long the program may take over SIGTERM before it gets SIGKILL. */
  readonly stopTimeoutMs: number;
}

export interface ProgramExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when `stop` or `kill` was called before. */
  readonly expected: boolean;
}

export interface GuardedProgram {
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
  /**
   * SIGTERM, after `stopTimeoutMs` SIGKILL; resolves once the process is gone. May be called again.
   */
  readonly stop: () => Promise<void>;
  /** SIGKILL at once. */
  readonly kill: () => Promise<void>;
}

// A shell stands between this process and the program. The program is in a session of its own, so
// that Ctrl-C at a terminal reaches only this process, which stops its parts in order. The shell
// waits at a pipe that this process holds open: when this process ends in whatever way, SIGKILL
// included, the pipe closes and the shell ends the program. So nothing is ever left behind.
const GUARD = `
tries=$1; shift
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
program=$!
echo "$program" >&3
exec 3>&-
(
  read -r _ <&4
  kill -TERM "$program" 2>/dev/null
  while [ "$tries" -gt 0 ] && kill -0 "$program" 2>/dev/null; do
    sleep 0.1
    tries=$((tries - 1))
  done
  kill -KILL "$program" 2>/dev/null
) >/dev/null 2>&1 &
watch=$!
exec 0</dev/null 4<&-
wait "$program"
code=$?
kill -KILL "$watch" 2>/dev/null
exit "$code"
`;

/**
 * Starts a program that cannot outlive this process. Rejects when the program cannot be started.
 */
export async function startGuarded(options: GuardedProgramOptions): Promise<GuardedProgram> {
  const output = openSync(options.outputFile, 'w');
  const guard = spawn(
    'sh',
    [
      '-c',
      GUARD,
      'sh',
      String(Math.ceil(options.stopTimeoutMs / 100)),
      options.command,
      ...options.args,
    ],
    {
      cwd: options.cwd,
      detached: true,
      stdio: ['pipe', output, output, 'pipe'],
      ...(options.env === undefined ? {} : { env: options.env }),
    },
  );
  closeSync(output);
  let expected = false;
  const exited = new Promise<ProgramExit>((resolve, reject) => {
    guard.once('error', reject);
    guard.once('exit', (code) => resolve({ ...exitOf(code), expected }));
  });
  // A caller that awaits it gets the failure. Without one yet, it must not count as unhandled.
  exited.catch(() => undefined);
  guard.stdin?.on('error', () => undefined);
  // A program may end before its id has been read; the pipe still holds it then.
  const reading = readPid(guard.stdio[3]);
  const pid = await Promise.race([reading, exited.then(() => reading)]);
  if (pid === undefined) {
    throw new Error(`${options.command} could not be started`);
  }

  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    expected = true;
    guard.stdin?.end();
    if (signal !== undefined && guard.exitCode === null) {
      process.kill(pid, signal);
    }
    // The guard keeps the deadline; were the guard itself gone, `exit` has come already.
    await exited;
  };
  return { pid, exited, stop: () => end(), kill: () => end('SIGKILL') };
}

async function readPid(pipe: unknown): Promise<number | undefined> {
  if (typeof pipe !== 'object' || pipe === null || !(Symbol.asyncIterator in pipe)) {
    return undefined;
  }
  let text = '';
  for await (const chunk of pipe as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
  }
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? undefined : pid;
}

const SIGNAL_NAMES: Readonly<Record<number, NodeJS.Signals>> = {
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

/**
 * A shell exits with 128 + n if signal n ended the program; Java itself exits with 143 on SIGTERM.
 */
function exitOf(code: number | null): Pick<ProgramExit, 'exitCode' | 'signal'> {
  const signal = code === null ? 'SIGKILL' : SIGNAL_NAMES[code - 128];
  return signal === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal };
}
