import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { TestRunner } from 'vitest';

import { ServiceProcess, type ServiceKind } from '../processes/service-process.ts';
import type { Env } from './network-plan.ts';

const LOG_ROOT = fileURLToPath(new URL('../../../../.cache/test-logs/', import.meta.url));
const LOGS_KEPT = 40;
/** Newer directories may belong to a test that runs concurrently. */
const LOGS_KEPT_MS = 3_600_000;

/**
 * The processes of one network. Their output goes to `.cache/test-logs`. If a test that uses one of
 * them fails, the last lines of all are printed.
 */
export class ProcessGroup implements AsyncDisposable {
  readonly logDir: string;
  readonly #processes: ServiceProcess[] = [];
  readonly #watched = new WeakSet<object>();
  readonly #closing = new AsyncDisposableStack();

  static async create(): Promise<ProcessGroup> {
    return new ProcessGroup(await newLogDir());
  }

  private constructor(logDir: string) {
    this.logDir = logDir;
  }

  /** The process is not started yet. */
  add(kind: ServiceKind, env: Env, name: string = kind): ServiceProcess {
    const logFile = join(this.logDir, `${name}.log`);
    const process = this.#closing.use(new ServiceProcess({ name, kind, env, logFile }));
    this.#processes.push(process);
    return process;
  }

  get(name: string): ServiceProcess {
    this.watch();
    const service = this.#processes.find((each) => each.name === name);
    if (service === undefined) {
      const known = this.#processes.map((each) => each.name).join(', ');
      throw new Error(`This network has no ${name}; it has ${known}`);
    }
    return service;
  }

  async startAll(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.start()));
  }

  /**
   * Prints the last lines if the current test fails. Call it on every use, because a network that
   * several tests share starts before all of them.
   */
  watch(): void {
    const test = TestRunner.getCurrentTest();
    if (test === undefined || this.#watched.has(test)) {
      return;
    }
    this.#watched.add(test);
    test.context.onTestFailed(() => {
      const tails = this.#processes.map((each) => `--- ${each.name}\n${each.tail()}`);
      process.stderr.write(`${tails.join('\n')}\nAll lines: ${this.logDir}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }
}

/** A directory for the logs of one network. The oldest directories above a limit are deleted. */
async function newLogDir(): Promise<string> {
  mkdirSync(LOG_ROOT, { recursive: true });
  const name = `${nameOf(Date.now())}-${randomUUID().slice(0, 8)}`;
  const old = nameOf(Date.now() - LOGS_KEPT_MS);
  const older = (await readdir(LOG_ROOT))
    .toSorted()
    .slice(0, -LOGS_KEPT)
    .filter((each) => each < old);
  await Promise.all(
    older.map((each) => rm(join(LOG_ROOT, each), { recursive: true, force: true, maxRetries: 5 })),
  );
  const dir = join(LOG_ROOT, name);
  mkdirSync(dir);
  return dir;
}

/** Names that sort by time. */
function nameOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(':', '-');
}
