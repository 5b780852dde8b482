import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';
import { freePorts } from '@quicksilver/local-kafka/free-port';

import { freezeProcess } from '../faults/freeze-process.ts';
import { untilReady } from './until-ready.ts';

const KINDS = ['ingest', 'mirror', 'gateway', 'manager', 'edge'] as const;
export type ServiceKind = (typeof KINDS)[number];

export interface ServiceProcessOptions {
  /** Used in the log file's name and in messages: `ingest`, `mirror-0`. */
  readonly name: string;
  readonly kind: ServiceKind;
  /** The whole environment of the process. It inherits nothing. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Milliseconds until the `ready` line, and then until `/readyz` must return 200. */
  readonly readyMs?: number;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<ProcessExit>;
}

interface Addresses {
  readonly address: string;
  readonly opsAddress: string;
}

/**
 * Half of a start is to read and compile the same files again. Processes that exit on their own
 * fill this cache. `fillCompileCache` fills it for those that are only killed.
 */
const COMPILE_CACHE = fileURLToPath(new URL('../../../../.cache/compiled', import.meta.url));
// A limit for processes that hang. On a busy machine a start may take half a minute.
const READY_MS = 60_000;
const STOP_MS = 60_000;
const TAIL_LINES = 60;

/**
 * One service as a real process, started from its `main.ts`. Its output goes to a file, and
 * messages of failures contain its last lines. It keeps its ports after the first start, so that
 * clients find it after a restart.
 */
export class ServiceProcess {
  readonly name: string;
  readonly #options: ServiceProcessOptions;
  readonly #log: WriteStream;
  readonly #tail: string[] = [];
  #running: Running | undefined;
  /** Set at the first start and kept afterwards. */
  #addresses: Addresses | undefined;
  #ports: readonly number[] | undefined;

  constructor(options: ServiceProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
  }

  /** `host:port` of the service, also while it is down. */
  get address(): string {
    return this.#started().address;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** The origin of `/livez`, `/readyz` and `/metrics`. */
  get opsUrl(): string {
    return `http://${this.#started().opsAddress}`;
  }

  get pid(): number {
    const { pid } = this.#alive().child;
    if (pid === undefined) {
      throw new Error(`${this.name} has no process id`);
    }
    return pid;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The file with all of its output. */
  get logFile(): string {
    return this.#options.logFile;
  }

  /** The last lines of its output. */
  tail(): string {
    return this.#tail.join('\n');
  }

  /** Resolves at the `ready` line. With `awaitReady` it also waits until `/readyz` returns 200. */
  async start(awaitReady = true): Promise<void> {
    if (this.#running !== undefined) {
      throw new Error(`${this.name} runs already`);
    }
    await this.#spawn();
    if (awaitReady) {
      await this.untilReady();
    }
  }

  async untilReady(): Promise<void> {
    try {
      await untilReady(this, this.#options.readyMs);
    } catch (error) {
      throw new Error(`${this.name}: ${String(error)}\n${this.tail()}`, { cause: error });
    }
  }

  /** Sends a signal that ends the process, and waits for its exit. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<ProcessExit> {
    const running = this.#alive();
    running.child.kill(signal);
    const late = AbortSignal.timeout(STOP_MS);
    const exit = await Promise.race([
      running.exit,
      once(late, 'abort').then(() => {
        running.child.kill('SIGKILL');
        throw new Error(`${this.name} did not end ${STOP_MS} ms after ${signal}\n${this.tail()}`);
      }),
    ]);
    return exit;
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  /**
   * Freezes the process, as on a machine that hangs. Resolves when the process does nothing more.
   */
  async pause(): Promise<void> {
    await freezeProcess(this.pid);
  }

  resume(): void {
    this.#alive().child.kill('SIGCONT');
  }

  /** The exit of the process, for any reason. */
  async exit(): Promise<ProcessExit> {
    return this.#alive().exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running !== undefined) {
      this.#running.child.kill('SIGCONT');
      await this.kill('SIGTERM');
    }
    this.#log.end();
  }

  async #spawn(): Promise<void> {
    const { kind, env } = this.#options;
    const child = spawn(process.execPath, [mainOf(kind)], {
      env: {
        NODE_ENV: 'production',
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        [EXIT_WITH_PARENT]: '1',
        ...(await this.#portsFor()),
        ...env,
      },
      // Through this channel the process detects that a killed test run is gone.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const exit = exitOf(child);
    void exit.then((how) => {
      this.#keep(`${this.name} ended: ${how.signal ?? `exit code ${how.code}`}`);
      this.#running = undefined;
    });
    this.#addresses = await this.#readySaid(child, exit);
    this.#running = { child, exit };
  }

  /** Free ports at the first start, and the same ones later, so that clients find it again. */
  async #portsFor(): Promise<Readonly<Record<string, string>>> {
    // Port 0 would choose a port from the range of outgoing connections. While the service is down,
    // a connection of another program could take it.
    this.#ports ??= await freePorts(2);
    const [port, opsPort] = this.#ports;
    return { QUICK_PORT: String(port), QUICK_OPS_PORT: String(opsPort) };
  }

  /** Follows the output. Resolves with the addresses in the `ready` line. */
  async #readySaid(child: ChildProcess, exit: Promise<ProcessExit>): Promise<Addresses> {
    const said = Promise.withResolvers<Addresses>();
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) {
        createInterface({ input: stream }).on('line', (line) => {
          this.#keep(line);
          const address = readyLine(line);
          if (address !== undefined) {
            said.resolve(address);
          }
        });
      }
    }
    const readyMs = this.#options.readyMs ?? READY_MS;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      said.reject(new Error(`${this.name} did not say ready in ${readyMs} ms\n${this.tail()}`));
    }, readyMs);
    void exit.then((how) => {
      const end = how.signal ?? `exit code ${how.code}`;
      said.reject(new Error(`${this.name} ended before it was ready: ${end}\n${this.tail()}`));
    });
    try {
      return await said.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #keep(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) {
      this.#tail.shift();
    }
    this.#log.write(`${line}\n`);
  }

  #started(): Addresses {
    if (this.#addresses === undefined) {
      throw new Error(`${this.name} has not been started yet`);
    }
    return this.#addresses;
  }

  #alive(): Running {
    if (this.#running === undefined) {
      throw new Error(`${this.name} is not running\n${this.tail()}`);
    }
    return this.#running;
  }
}

function mainOf(kind: ServiceKind): string {
  const folder = kind === 'edge' ? 'packages/edge' : `services/${kind}`;
  return fileURLToPath(new URL(`../../../../${folder}/src/main.ts`, import.meta.url));
}

/** Loads every service once. With an invalid port, each exits after it has read its options. */
export async function fillCompileCache(): Promise<void> {
  // Any other process with this cache creates the directory, so its existence does not suffice.
  const filled = join(COMPILE_CACHE, 'services');
  if (existsSync(filled)) {
    return;
  }
  const env = { NODE_ENV: 'production', NODE_COMPILE_CACHE: COMPILE_CACHE, QUICK_PORT: 'none' };
  await Promise.all(
    KINDS.map((kind) => {
      const child = spawn(process.execPath, [mainOf(kind)], {
        env,
        stdio: 'ignore',
        timeout: 20_000,
      });
      return once(child, 'exit');
    }),
  );
  await mkdir(COMPILE_CACHE, { recursive: true });
  await writeFile(filled, '');
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // Not `exit`, because the last output may still arrive after that.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function readyLine(line: string): Addresses | undefined {
  if (!line.startsWith('{') || !line.includes('"msg":"ready"')) {
    return undefined;
  }
  const { address, opsAddress } = JSON.parse(line) as Record<string, unknown>;
  return typeof address === 'string' && typeof opsAddress === 'string'
    ? { address, opsAddress }
    : undefined;
}
