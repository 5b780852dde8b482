import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { freePorts } from '@quicksilver/local-kafka/free-port';
import { LIGHT_JVM } from '@quicksilver/local-kafka/light-jvm';
import { eventually } from '@quicksilver/testkit/eventually';
import { expect } from 'vitest';

export interface DevExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Seconds since the last signal of `DevRun`, or since the start. */
  readonly seconds: number;
}

export interface DevRunOptions {
  readonly dataDir: string;
  /** Directory of a project for `quick dev`; without it the run is `npm start`. */
  readonly project?: string;
  /** The file of the command; without it that of this repository. */
  readonly quickFile?: string;
  /** Overrides the variables of every run; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const RUN = join(ROOT, 'scripts/run.mjs');
const QUICK = join(ROOT, 'packages/cli/bin/quick.mjs');
/** Enough of a command line to recognize a process. */
const SHOWN_CHARS = 300;
const READY_MS = 300_000;
const QUICK_MS = 120_000;
/** On a busy machine the shell that guards Kafka may exit a little later. */
const LEFT_MS = 20_000;
/** Limit for a stop. */
const STOPPED_SECONDS = 5;
/** A longer stop hangs. */
const HANGS_SECONDS = 60;
/** The last line of the block. */
const READY = 'Ctrl-C stops everything.';

/** `npm start` or `quick dev` in its own process group, as started by a shell at a terminal. */
export class DevRun implements AsyncDisposable {
  readonly exit: Promise<DevExit>;
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  #output = '';
  #since = performance.now();

  constructor(options: DevRunOptions) {
    this.#dataDir = options.dataDir;
    const { dataDir, project, quickFile = QUICK, env } = options;
    const [args, place] =
      project === undefined
        ? [[RUN, 'start'], { QUICK_DATA_DIR: dataDir }]
        : [[quickFile, 'dev', project], {}];
    this.#child = spawn(process.execPath, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ownEnv(), ...place, ...env },
    });
    this.#child.stdout?.on('data', (chunk) => (this.#output += String(chunk)));
    this.#child.stderr?.on('data', (chunk) => (this.#output += String(chunk)));
    this.exit = new Promise((settle, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        settle({ code, signal, seconds: (performance.now() - this.#since) / 1_000 });
      });
    });
  }

  /** The output so far. */
  get output(): string {
    return this.#output;
  }

  async untilReady(): Promise<void> {
    await this.#until(() => this.#output.includes(READY), 'is not ready');
  }

  async untilPrinted(text: string): Promise<void> {
    await this.#until(() => this.#output.includes(text), `has not printed "${text}"`);
  }

  async untilThereIs(process: RegExp): Promise<void> {
    const isThere = (): boolean => this.processes().some((line) => process.test(line));
    await this.#until(isThere, `has no process ${process}`);
  }

  /** Sends a signal to the whole group, like Ctrl-C at a terminal. */
  signal(signal: NodeJS.Signals): void {
    this.#since = performance.now();
    process.kill(-this.#pid, signal);
  }

  /** Sends a signal to the first process only, like a supervisor or `kill`. */
  signalFirst(signal: NodeJS.Signals): void {
    this.#since = performance.now();
    process.kill(this.#pid, signal);
  }

  /** Runs the command of the ready block in a shell and returns its output. */
  pasteCommand(): string {
    const command = /^ +(curl .*)$/m.exec(this.#output)?.[1];
    if (command === undefined) {
      throw new Error(`the block has no command:\n${this.#output}`);
    }
    return execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  }

  /** The processes of this run, found by command line and environment. */
  processes(): readonly string[] {
    const all = execFileSync('ps', ['axeww', '-o', 'pid=,args='], {
      encoding: 'utf8',
      maxBuffer: 64 * 1_048_576,
    });
    return all
      .split('\n')
      .filter((line) => line.includes(this.#dataDir))
      .map((line) => line.trim().slice(0, SHOWN_CHARS));
  }

  /** The id of the process whose command line matches. */
  pidOf(pattern: RegExp): number {
    const processLine = this.processes().find((line) => pattern.test(line));
    if (processLine === undefined) {
      throw new Error(`no process of this run is ${pattern}:\n${this.processes().join('\n')}`);
    }
    return Number.parseInt(processLine, 10);
  }

  async untilNothingIsLeft(): Promise<void> {
    await eventually(() => {
      const left = this.processes();
      if (left.length > 0) {
        throw new Error(`these are left:\n${left.join('\n')}`);
      }
    }, LEFT_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.signal('SIGTERM');
      await this.exit;
    }
    await this.untilNothingIsLeft();
  }

  /** Fails with the output if it takes too long, or if the run ends before. */
  async #until(isSo: () => boolean, problem: string): Promise<void> {
    await Promise.race([
      eventually(() => {
        if (!isSo()) {
          throw new Error(`it ${problem}:\n${this.#output}`);
        }
      }, READY_MS),
      this.exit.then(({ code }) => {
        throw new Error(`it ended with exit code ${code}:\n${this.#output}`);
      }),
    ]);
  }

  get #pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) {
      throw new Error('it could not be started');
    }
    return pid;
  }
}

/** A free port for one run. */
export async function freeDevPort(): Promise<{ readonly QUICK_PORT: string }> {
  const [port] = await freePorts(1);
  return { QUICK_PORT: String(port) };
}

/** `quick` in another terminal. */
export function quick(
  args: readonly string[],
  cwd: string,
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const home = join(cwd, 'empty-home');
  const { status, stdout, stderr } = spawnSync(process.execPath, [QUICK, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...ownEnv(), HOME: home, XDG_CONFIG_HOME: home },
    timeout: QUICK_MS,
  });
  return { code: status, stdout, stderr };
}

function ownEnv(): Readonly<Record<string, string | undefined>> {
  const { TEST_KAFKA: _broker, ...env } = process.env;
  // Each run starts a Kafka that lives for seconds.
  return { ...env, JAVA_TOOL_OPTIONS: LIGHT_JVM.join(' ') };
}

/**
 * Requires the fastest stop to take less than five seconds. Other stops may be slower on a machine
 * that also runs other tests.
 */
export function expectFastStops(seconds: readonly number[]): void {
  expect(Math.max(...seconds)).toBeLessThan(HANGS_SECONDS);
  expect(Math.min(...seconds)).toBeLessThan(STOPPED_SECONDS);
}

/** A directory that is removed at the end. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'quicksilver-start-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
