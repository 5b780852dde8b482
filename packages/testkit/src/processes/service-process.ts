import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';
import { freePorts } from '@quicksilver/local-kafka/free-port';

import { eventually } from '../basics/eventually.ts';
import { freezeProcess } from '../faults/freeze-process.ts';
import { call } from '../clients/http-call.ts';

export type ServiceKind = 'ingest' | 'mirror' | 'gateway' | 'manager' | 'edge';

export interface ServiceProcessOptions {
  /** Names the log file and the messages: `ingest`, `mirror-0`. */
  readonly name: string;
  readonly kind: ServiceKind;
  /** All that the process gets; nothing of this process's environment is handed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Milliseconds until it must have said `ready`, and again until `/readyz` must answer 200. */
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
 * Half of a start is reading and compiling the same files as the time before. Filled by processes that
 * end by themselves, and by `fillCompileCache` for those that are only killed.
 */
const COMPILE_CACHE = fileURLToPath(new URL('../../../../.cache/compiled', import.meta.url));
// A limit for what hangs, not for what is slow: a busy machine may take half a minute to load a service.
const READY_MS = 60_000;
const STOP_MS = 60_000;
const TAIL_LINES = 60;

/**
 * One service as a real process of its own, started from its `main.ts`. Its output goes to a file,
 * the last lines stay in memory for the messages of failures. After the first start it keeps its
 * ports, so clients find it again after a restart.
 */
export class ServiceProcess {
  readonly name: string;
  readonly #options: ServiceProcessOptions;
  readonly #log: WriteStream;
  readonly #tail: string[] = [];
  #running: Running | undefined;
  /** As of the first start; kept from then on. */
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

  /** Where `/livez`, `/readyz` and `/metrics` are. */
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

  /** The last lines it wrote. */
  tail(): string {
    return this.#tail.join('\n');
  }

  /** Resolves once it has said `ready`; with `awaitReady` also once `/readyz` answers 200. */
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
      await eventually(async () => {
        const answer = await call(`${this.opsUrl}/readyz?verbose`);
        if (answer.status !== 200) {
          throw new Error(`${this.name} is not ready: ${answer.text.trim()}`);
        }
      }, this.#options.readyMs ?? READY_MS);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.tail()}`, { cause: error });
    }
  }

  /** Sends a signal that ends the process, and waits for its end. */
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
   * Stops it without its knowing, as a machine that hangs would; resolves once it does nothing
   * more.
   */
  async pause(): Promise<void> {
    await freezeProcess(this.pid);
  }

  resume(): void {
    this.#alive().child.kill('SIGCONT');
  }

  /** The process's end, whoever causes it. */
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
      // The channel is how it learns that a test run that was killed is gone.
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

  /** Free ones at the first start; then those, so that clients find it again. */
  async #portsFor(): Promise<Readonly<Record<string, string>>> {
    // Port 0 would give one of the range from which clients take theirs: while the service is down,
    // another program's connection could have it.
    this.#ports ??= await freePorts(2);
    const [port, opsPort] = this.#ports;
    return { QUICK_PORT: String(port), QUICK_OPS_PORT: String(opsPort) };
  }

  /** Follows the output, and resolves with the addresses in its `ready` line. */
  async #readySaid(child: ChildProcess, exit: Promise<ProcessExit>): Promise<Addresses> {
    const said = Promise.withResolvers<Addresses>();
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) {
        createInterface({ input: stream }).on('line', (line) => {
          this.#keep(line);
          const found = readyLine(line);
          if (found !== undefined) {
            said.resolve(found);
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

/**
 * Has every service loaded once: with a port that is none each ends after it has read its options.
 */
export async function fillCompileCache(): Promise<void> {
  if (existsSync(COMPILE_CACHE)) {
    return;
  }
  const env = { NODE_ENV: 'production', NODE_COMPILE_CACHE: COMPILE_CACHE, QUICK_PORT: 'none' };
  const kinds = ['ingest', 'mirror', 'gateway', 'manager'] as const;
  await Promise.all(
    kinds.map((kind) => {
      const child = spawn(process.execPath, [mainOf(kind)], {
        env,
        stdio: 'ignore',
        timeout: 20_000,
      });
      return once(child, 'exit');
    }),
  );
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // Not `exit`: what it wrote last may still be on its way then.
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
