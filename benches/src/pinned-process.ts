import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import { SERVER_CORE } from './wrk.ts';

export interface PinnedOptions {
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Undefined lets the process use every core. */
  readonly core?: string | undefined;
  readonly nodeArgs?: readonly string[];
  /** Return once it listens, without waiting for `/readyz`. */
  readonly listeningIsEnough?: boolean;
}

const READY_MS = 120_000;
const STOP_MS = 15_000;

/**
 * A Node process of its own, pinned to a core, that says `{"msg":"ready","address":"host:port"}` on
 * a line of its standard output once it serves. Ends with the scope that holds it.
 */
export class PinnedProcess {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start(options: PinnedOptions): Promise<PinnedProcess> {
    const node = [
      process.execPath,
      ...(options.nodeArgs ?? []),
      options.script,
      ...(options.args ?? []),
    ];
    const [command = '', ...args] =
      options.core === undefined ? node : ['taskset', '-c', options.core, ...node];
    const child = spawn(command, args, {
      env: { ...process.env, NODE_ENV: 'production', QUICK_LOG_LEVEL: 'info', ...options.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const ready = await new Promise<Ready>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${options.script} did not get ready`)),
        READY_MS,
      );
      lines.on('line', (line) => {
        const address = readyLine(line);
        if (address !== undefined) {
          clearTimeout(timer);
          resolve(address);
        }
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`${options.script} ended with code ${code} before it was ready`));
      });
    });
    const pinned = new PinnedProcess(child, ready.address);
    if (ready.opsAddress !== undefined && options.listeningIsEnough !== true) {
      await serves(ready.opsAddress);
    }
    return pinned;
  }

  static onServerCore(options: PinnedOptions): Promise<PinnedProcess> {
    return PinnedProcess.start({ core: SERVER_CORE, ...options });
  }

  /** Highest resident memory of the process so far, in MiB, as the kernel counts it. */
  async peakResidentMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return;
    }
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  }
}

interface Ready {
  readonly address: string;
  readonly opsAddress: string | undefined;
}

async function serves(opsAddress: string): Promise<void> {
  const end = performance.now() + READY_MS;
  while (performance.now() < end) {
    const answer = await fetch(`http://${opsAddress}/readyz`);
    await answer.text();
    if (answer.ok) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The process at ${opsAddress} did not get ready`);
}

function readyLine(line: string): Ready | undefined {
  if (!line.includes('"ready"')) {
    return undefined;
  }
  const parsed: unknown = JSON.parse(line);
  const { msg, address, opsAddress } = parsed as Readonly<Record<string, unknown>>;
  if (msg !== 'ready' || typeof address !== 'string') {
    return undefined;
  }
  return { address, opsAddress: typeof opsAddress === 'string' ? opsAddress : undefined };
}
