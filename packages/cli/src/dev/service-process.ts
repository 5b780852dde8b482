import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rename } from 'node:fs/promises';

import { Deadline } from '@quicksilver/common/flow/deadline';
import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { saysDiskFull } from '@quicksilver/local-kafka/disk-space';

import { fetchUntilOk } from '../load/fetch-until-ok.ts';
import { CliError } from '../output/cli-error.ts';
import { diskFullError } from '../output/describe-failure.ts';
import type { ServiceEnv } from './child-env.ts';
import type { DataDirectory } from './data-directory.ts';
import { readLogTail } from './log-tail.ts';

export interface ServiceProcessOptions {
  readonly name: string;
  /** The service's `main.ts`. */
  readonly mainFile: string;
  readonly nodePath: string;
  /** Called at the start, because some values are only known then. */
  readonly env: () => ServiceEnv;
  /** Answers 200 once the service can serve. */
  readonly readyUrl: string;
  readonly dataDirectory: DataDirectory;
  /** Called with the id of the process, to record it in case this process is killed. */
  readonly onSpawn: (pid: number) => Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const TAIL_LINES = 12;

/**
 * A service as a child process. It has its own process group, so that Ctrl-C at a terminal reaches
 * this process only, which stops its parts in order. It exits when this process exits, even if that
 * is killed. If it exits on its own, the run fails with its last log lines.
 */
export class ServiceProcess implements Part {
  readonly name: string;
  readonly #options: ServiceProcessOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: ServiceProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(context: PartContext): Promise<void> {
    const child = await this.#spawn();
    this.#child = child;
    if (child.pid !== undefined) {
      await this.#options.onSpawn(child.pid);
    }
    const failed = new AbortController();
    this.#exited = once(child, 'exit').then(
      async () => {
        failed.abort();
        if (!this.#isStopping) {
          context.fail(await this.#unexpectedExit(child));
        }
      },
      (error: unknown) => {
        failed.abort();
        context.fail(this.#cannotStart(error));
      },
    );
    await this.#ready(AbortSignal.any([context.signal, failed.signal]));
  }

  /** Whether it exited with code 0. */
  get isCleanlyExited(): boolean {
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
    // Only the logs of this run and the previous one are kept, so that they cannot grow forever.
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
    const url = `${this.#options.readyUrl}?verbose`;
    const deadline = Deadline.in(READY_WITHIN_MS);
    const lastAnswer = await fetchUntilOk({ url, deadline }, signal);
    if (lastAnswer !== undefined) {
      throw new CliError(
        `The ${this.name} is not ready after ${READY_WITHIN_MS / 1_000} seconds: ${lastAnswer}.`,
        {
          code: 'NOT_READY',
          hint: `Its last lines follow; the whole log is ${this.#logFile}.`,
          log: await this.#tail(),
        },
      );
    }
  }

  /** From now on its exit is expected. Does nothing if the process has exited already. */
  #signal(signal: NodeJS.Signals): void {
    this.#isStopping = true;
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
    }
  }

  async #unexpectedExit(child: ChildProcess): Promise<CliError> {
    const log = await this.#tail();
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    const { dataDirectory } = this.#options;
    if (saysDiskFull(log) || log.includes('ENOSPC') || (await dataDirectory.isFull())) {
      return diskFullError(dataDirectory.path, `the ${this.name} exited with ${how}`);
    }
    return new CliError(
      `The ${this.name} exited unexpectedly (${how}), so quick dev stops everything.`,
      {
        code: 'PROCESS_EXITED',
        hint: `Its last lines follow; the whole log is ${this.#logFile}.`,
        log,
      },
    );
  }

  #cannotStart(cause: unknown): CliError {
    return new CliError(`The process of the ${this.name} cannot be started.`, {
      code: 'NO_NODE',
      hint: `Check that Node is at ${this.#options.nodePath}. To install it there, run: npm start`,
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
