import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rename } from 'node:fs/promises';

import { Backoff } from '@quicksilver/common/flow/backoff';
import { Deadline, pause } from '@quicksilver/common/flow/deadline';
import { EXIT_WITH_PARENT } from '@quicksilver/common/lifecycle/parent-watch';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { saysDiskFull } from '@quicksilver/local-kafka/disk-space';
import { untilStopped } from '@quicksilver/processes/stopped-process';

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
  /** Called with a sentence for people. */
  readonly onRestart: (text: string) => void;
}

interface Launched {
  readonly child: ChildProcess;
  /** Aborts once the process has exited. */
  readonly gone: AbortSignal;
  /** How it exited. */
  readonly how: () => string;
  readonly cannotStart: () => unknown;
}

const READY_WITHIN_MS = 60_000;
const TAIL_LINES = 12;
const LOOK_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 2_000;
/** A busy machine may leave a service without CPU time for some seconds. */
const SILENT_MAX_MS = 10_000;
const RESTART = { firstMs: 100, maxMs: 2_000 };
/** Exits in a row, after which the run fails. A service that ran for a while starts a new row. */
const EXITS_MAX = 5;
const HEALTHY_MS = 10_000;

/**
 * A service as a supervised child process. It has its own process group, so that Ctrl-C at a
 * terminal reaches this process only, which stops its parts in order. It exits when this process
 * exits, even if that is killed. If it exits on its own, or hangs, it is restarted. If it exits
 * again and again, the run fails with its last log lines.
 */
export class ServiceProcess implements Part {
  readonly name: string;
  readonly #options: ServiceProcessOptions;
  readonly #stopping = new AbortController();
  readonly #exits = new Backoff(RESTART);
  #child: ChildProcess | undefined;
  /** A service that cannot even start is not restarted. */
  #hasServed = false;
  #supervision: Promise<void> = Promise.resolve();

  constructor(options: ServiceProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(context: PartContext): Promise<void> {
    const first = await this.#launch();
    this.#supervision = this.#supervise(first, context);
    await this.#ready(AbortSignal.any([context.signal, first.gone]));
    this.#hasServed = !first.gone.aborted;
  }

  /** Whether it exited with code 0. */
  get isCleanlyExited(): boolean {
    return this.#child?.exitCode === 0;
  }

  async drain(deadline: AbortSignal): Promise<void> {
    this.#signal('SIGTERM');
    await Promise.race([this.#supervision, aborted(deadline)]);
  }

  async stop(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#supervision;
  }

  /** Runs until the stop, or until the service cannot be kept running. Never rejects. */
  async #supervise(first: Launched, context: PartContext): Promise<void> {
    const { onRestart } = this.#options;
    let launched = first;
    try {
      for (;;) {
        const startMs = performance.now();
        void this.#killIfHung(launched);
        await aborted(launched.gone);
        if (this.#stopping.signal.aborted) {
          return;
        }
        if (performance.now() - startMs > HEALTHY_MS) {
          this.#exits.reset();
        }
        const pauseMs = this.#exits.next();
        const failure = await this.#failureOf(launched);
        if (failure !== undefined) {
          context.fail(failure);
          return;
        }
        onRestart(`The ${this.name} exited unexpectedly (${launched.how()}) and is restarted.`);
        await pause(pauseMs, this.#stopping.signal);
        if (this.#stopping.signal.aborted) {
          return;
        }
        launched = await this.#launch();
      }
    } catch (error) {
      context.fail(error);
    }
  }

  /** Undefined if a restart may help. */
  async #failureOf({ cannotStart, how }: Launched): Promise<CliError | undefined> {
    const cause = cannotStart();
    if (cause !== undefined) {
      return this.#cannotStart(cause);
    }
    const log = await this.#tail();
    const { dataDirectory } = this.#options;
    if (saysDiskFull(log) || log.includes('ENOSPC') || (await dataDirectory.isFull())) {
      return diskFullError(dataDirectory.path, `the ${this.name} exited with ${how()}`);
    }
    if (this.#hasServed && this.#exits.attempts < EXITS_MAX) {
      return undefined;
    }
    const times = this.#hasServed ? `${EXITS_MAX} times in a row` : 'unexpectedly';
    return new CliError(
      `The ${this.name} exited ${times} (${how()}), so quick dev stops everything.`,
      {
        code: 'PROCESS_EXITED',
        hint: `Its last lines follow; the whole log is ${this.#logFile}.`,
        log,
      },
    );
  }

  /** A service that hangs keeps its connections open, so its clients would wait for long. */
  async #killIfHung({ child, gone }: Launched): Promise<void> {
    void untilStopped(child.pid ?? 0, gone).then((isStopped) => isStopped && child.kill('SIGKILL'));
    // Before its first response a service may take long to start.
    let answeredAt: number | undefined;
    while (!gone.aborted) {
      const isAnswered = await fetch(this.#options.readyUrl, {
        signal: AbortSignal.any([gone, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      }).then(
        async (answer) => {
          await answer.body?.cancel();
          return true;
        },
        () => false,
      );
      if (isAnswered) {
        answeredAt = performance.now();
      } else if (answeredAt !== undefined && performance.now() - answeredAt > SILENT_MAX_MS) {
        child.kill('SIGKILL');
        return;
      }
      await pause(LOOK_EVERY_MS, gone);
    }
  }

  async #launch(): Promise<Launched> {
    const child = await this.#spawn();
    this.#child = child;
    const gone = new AbortController();
    let cause: unknown;
    child.once('exit', () => gone.abort());
    child.once('error', (error) => {
      cause = error;
      gone.abort();
    });
    if (child.pid !== undefined) {
      await this.#options.onSpawn(child.pid);
    }
    if (this.#stopping.signal.aborted) {
      child.kill('SIGTERM');
    }
    return {
      child,
      gone: gone.signal,
      how: () => child.signalCode ?? `exit code ${child.exitCode}`,
      cannotStart: () => cause,
    };
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
    this.#stopping.abort();
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
    }
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
