import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rename } from 'node:fs/promises';

import { pause } from '@quicksilver/common/flow/deadline';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';
import { saysDiskFull } from '@quicksilver/local-kafka/disk-space';

import type { DataDirectory } from './data-directory.ts';
import { diskFullError } from '../output/describe-failure.ts';
import { DevError } from './dev-error.ts';
import { readLogTail } from './log-tail.ts';

export type ServiceEnv = Readonly<Record<string, string>>;

export interface ServiceProcessOptions {
  readonly name: string;
  /** The service's `main.ts`. */
  readonly mainFile: string;
  readonly nodePath: string;
  /** Asked at the start: some of it is only known then. */
  readonly env: () => ServiceEnv;
  /** Answers 200 when the service can serve. */
  readonly readyUrl: string;
  readonly dataDirectory: DataDirectory;
  /** Told of every process, so that it is known also after this one was killed. */
  readonly onSpawn: (pid: number) => Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const READY_EVERY_MS = 50;
const TAIL_LINES = 12;

/**
 * A service as a process of its own. It is in a process group of its own, so that Ctrl-C at a
 * terminal reaches this process only, which stops its parts in order; and it ends with this process,
 * however that ends. Should it end by itself, the whole run fails with its last log lines.
 */
export class ServiceProcess implements Part {
  readonly name: string;
  readonly #options: ServiceProcessOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #isWanted = true;

  constructor(options: ServiceProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(run: Run): Promise<void> {
    const child = await this.#spawn();
    this.#child = child;
    if (child.pid !== undefined) {
      await this.#options.onSpawn(child.pid);
    }
    const failed = new AbortController();
    this.#exited = once(child, 'exit').then(
      async () => {
        failed.abort();
        if (this.#isWanted) {
          run.fail(await this.#unexpectedEnd(child));
        }
      },
      (error: unknown) => {
        failed.abort();
        run.fail(this.#cannotStart(error));
      },
    );
    await this.#ready(AbortSignal.any([run.signal, failed.signal]));
  }

  /** Whether it ended, and did so as it should. */
  get endedInOrder(): boolean {
    return this.#child?.exitCode === 0;
  }

  async drain(deadline: AbortSignal): Promise<void> {
    this.#signal('SIGTERM');
    await Promise.race([this.#exited, aborted(deadline)]);
  }

  async stop(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#exited;
  }

  async #spawn(): Promise<ChildProcess> {
    const { mainFile, nodePath, env, dataDirectory } = this.#options;
    const logFile = dataDirectory.logFile(this.name);
    // One run's log is kept beside the current one, so that logs never grow without an end.
    await rename(logFile, `${logFile}.previous`).catch(() => undefined);
    const log = openSync(logFile, 'w');
    try {
      return spawn(nodePath, [mainFile], {
        detached: true,
        stdio: ['ignore', log, log, 'ipc'],
        env: { ...env(), [EXIT_WITH_PARENT]: '1' },
      });
    } finally {
      closeSync(log);
    }
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    let lastAnswer = 'it did not answer';
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${this.#options.readyUrl}?verbose`, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
        });
        lastAnswer = (await answer.text()).trim();
        if (answer.ok) {
          return;
        }
      } catch {
        // Not listening yet.
      }
      if (performance.now() > deadline) {
        throw new DevError(
          `The ${this.name} was not ready within ${READY_WITHIN_MS / 1_000} seconds: ${lastAnswer}.`,
          { whatToDo: `Its log says more: ${this.#logFile}.`, output: await this.#tail() },
        );
      }
      await pause(READY_EVERY_MS, signal);
    }
  }

  /** Ends the wish for it; a process that is gone already is left alone. */
  #signal(signal: NodeJS.Signals): void {
    this.#isWanted = false;
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
    }
  }

  async #unexpectedEnd(child: ChildProcess): Promise<DevError> {
    const output = await this.#tail();
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    const { dataDirectory } = this.#options;
    if (saysDiskFull(output) || output.includes('ENOSPC') || (await dataDirectory.isFull())) {
      return diskFullError(dataDirectory.path, `the ${this.name} ended with ${how}`);
    }
    return new DevError(
      `The ${this.name} ended unexpectedly (${how}), so everything was stopped.`,
      {
        whatToDo: `These are its last lines; the whole log is ${this.#logFile}.`,
        output,
      },
    );
  }

  #cannotStart(cause: unknown): DevError {
    return new DevError(`The ${this.name} cannot be started as a process.`, {
      whatToDo: `Node was expected at ${this.#options.nodePath}; "npm start" puts it there.`,
      cause,
    });
  }

  #tail(): Promise<string> {
    return readLogTail(this.#logFile, TAIL_LINES);
  }

  get #logFile(): string {
    return this.#options.dataDirectory.logFile(this.name);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
