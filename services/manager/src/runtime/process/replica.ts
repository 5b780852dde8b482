import { randomUUID } from 'node:crypto';

import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { endProcesses } from '@quicksilver/processes/end-processes';
import { isRunning } from '@quicksilver/processes/process-identity';

import { isService, type LogOptions, type ReplicaState } from '../runtime.ts';
import { adoptChild, type Child, startChild } from './child.ts';
import { removeContainer } from './container-engine.ts';
import { endRun } from './end-run.ts';
import { HangWatch } from './hang-watch.ts';
import { type LaunchPlan, type LaunchSettings, replicaEnvironment } from './launch-plan.ts';
import type { PortBook, Ports } from './port-book.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import { type ReplicaLog } from './replica-log.ts';
import {
  createReplicaFiles,
  removeReplicaFiles,
  type ReplicaId,
  type ReplicaFiles,
} from './replica-files.ts';
import { endMarked, RUN_MARK } from './run-mark.ts';
import { type RunRecord, writeRunRecord } from './run-record.ts';
import type { Timings } from './timings.ts';

export interface ReplicaOptions {
  readonly id: ReplicaId;
  readonly files: ReplicaFiles;
  readonly record: RunRecord;
  readonly output: ReplicaLog;
  readonly ports: PortBook;
  readonly settings: LaunchSettings;
  readonly timings: Timings;
  readonly log: Log;
  readonly onChange: () => void;
}

type Condition = Pick<ReplicaState, 'state' | 'reason'>;

const ADOPTED_LOOK_MS = 250;

/**
 * One replica: its files, its ports, and its process. One loop starts, watches and restarts the
 * process, and `end` waits for that loop. So there are never two processes.
 */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #crashes: Backoff;
  #record: RunRecord;
  #plan: LaunchPlan | undefined;
  #condition: Condition = { state: 'not-ready', reason: 'it was not started yet' };
  #stop = new AbortController();
  #supervision: Promise<void> | undefined;
  #child: Child | undefined;
  /** Size of the output when the child started. */
  #outputFrom = 0;
  #isOutputStuck = false;
  /** Whether the run in the record is from an earlier manager. */
  #isInherited = true;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#record = options.record;
    const { restartFirstMs, restartMaxMs } = options.timings;
    this.#crashes = new Backoff({ firstMs: restartFirstMs, maxMs: restartMaxMs });
  }

  get ordinal(): number {
    return this.#options.id.ordinal;
  }

  /** The digest of the current plan or process. Undefined while nothing should run. */
  get digest(): string | undefined {
    return this.#plan?.digest ?? (this.#child === undefined ? undefined : this.#record.run?.digest);
  }

  /** Whether its removal has started. */
  get isRemoving(): boolean {
    return this.#record.isRemoving;
  }

  get isReady(): boolean {
    return this.#condition.state === 'ready';
  }

  /** The address it listens on. Undefined if it has no port. */
  address(which: keyof Ports): string | undefined {
    const { ports } = this.#record;
    return ports === undefined ? undefined : addressOf(this.#options.settings.host, ports[which]);
  }

  state(): ReplicaState {
    const address = this.address('service');
    const opsAddress = this.address('ops');
    return {
      ordinal: this.ordinal,
      ...this.#condition,
      ...(address === undefined ? {} : { address }),
      ...(opsAddress === undefined ? {} : { opsAddress }),
      restarts: this.#record.restarts,
    };
  }

  lines(options: LogOptions): AsyncIterable<string> {
    return this.#options.output.lines(options);
  }

  /** Chooses its ports once. Must be called first. */
  async reserve(): Promise<void> {
    const { id, ports: book } = this.#options;
    if (this.#record.ports !== undefined) {
      book.keep(this.#record.ports);
    } else if (isService(id.kind)) {
      await this.#write({ ...this.#record, ports: await book.take() });
    } else {
      await this.#write(this.#record);
    }
  }

  /** Takes over the process of an earlier manager, or cleans up after it if it has ended. */
  async adopt(): Promise<void> {
    const { run } = this.#record;
    if (run?.process !== undefined && (await isRunning(run.process))) {
      this.#child = adoptChild(run.process, ADOPTED_LOOK_MS);
      this.#condition = { state: 'starting', reason: 'this manager has just taken it over' };
      this.#stop = new AbortController();
      this.#supervision = this.#supervise();
      this.#options.log.info({ ...this.#options.id, pid: run.process.pid }, 'taken over');
    } else if (run !== undefined) {
      await this.#clearRun();
      this.#condition = { state: 'not-ready', reason: 'it ended while no manager was running' };
    }
  }

  /** Runs the plan, replacing any current process. */
  async start(plan: LaunchPlan): Promise<void> {
    if (this.digest === plan.digest) {
      this.#plan = plan;
      return;
    }
    if (this.#record.run !== undefined || this.#supervision !== undefined) {
      await this.end();
    }
    this.#plan = plan;
    this.#crashes.reset();
    this.#record = { ...this.#record, restarts: 0 };
    this.#become({ state: 'starting' });
    this.#stop = new AbortController();
    this.#supervision = this.#supervise();
  }

  /** Stops the process gracefully. Files and ports stay. */
  async end(): Promise<void> {
    await this.#endSupervision({ state: 'stopping' });
    await this.#clearRun();
    this.#plan = undefined;
    this.#become({ state: 'not-ready', reason: 'it was stopped' });
  }

  /** Stops the process and removes its files. A later call completes an interrupted removal. */
  async remove(): Promise<void> {
    await this.#endSupervision({ state: 'stopping' });
    // The directory may have been deleted by hand.
    await createReplicaFiles(this.#options.settings.directory, this.#options.id);
    await this.#write({ ...this.#record, isRemoving: true });
    await this.#clearRun();
    this.#plan = undefined;
    await removeReplicaFiles(this.#options.settings.directory, this.#options.id);
    if (this.#record.ports !== undefined) {
      this.#options.ports.free(this.#record.ports);
    }
  }

  /** Stops watching the process, which keeps running. */
  async letGo(): Promise<void> {
    await this.#endSupervision(undefined);
    this.#child?.letGo();
  }

  async #endSupervision(condition: Condition | undefined): Promise<void> {
    this.#stop.abort();
    if (condition !== undefined && this.#supervision !== undefined) {
      this.#become(condition);
    }
    await this.#supervision;
    this.#supervision = undefined;
  }

  async #clearRun(): Promise<void> {
    const { settings, timings } = this.#options;
    await endRun(this.#record, {
      environment: settings.machineEnvironment,
      graceMs: timings.drainMs,
      isInherited: this.#isInherited,
    });
    this.#isInherited = false;
    this.#child = undefined;
    const { run: _ended, container: _removed, ...rest } = this.#record;
    await this.#write(rest);
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let ending: string;
      try {
        this.#child ??= await this.#launch(this.#plan);
        await this.#watch(this.#child, signal);
        ending = await this.#endingOf(this.#child);
      } catch (error) {
        ending = `it could not be started: ${describeError(error)}`;
      }
      if (signal.aborted) {
        return;
      }
      if (this.#plan === undefined) {
        // Taken over, and no plan has been applied yet.
        this.#child = undefined;
        this.#become({ state: 'not-ready', reason: ending });
        return;
      }
      await this.#afterCrash(ending, signal);
    }
  }

  async #launch(plan: LaunchPlan | undefined): Promise<Child> {
    const { id, files, output, settings, timings } = this.#options;
    if (plan === undefined) {
      throw new Error('it has no plan yet');
    }
    await createReplicaFiles(settings.directory, id);
    await this.#requireFreePorts();
    await this.#rotateOutput();
    this.#outputFrom = await output.size();
    const runId = randomUUID();
    const run = { id: runId, digest: plan.digest, command: [...plan.command] };
    const { ports } = this.#record;
    const container =
      plan.container === undefined
        ? {}
        : { container: { engine: [...plan.container.engine], name: plan.container.name } };
    // Written before the process starts. If this manager is killed in between, the mark still
    // identifies it.
    this.#isInherited = false;
    await this.#write({ ...this.#record, run, ...container });
    if (plan.container !== undefined) {
      await removeContainer(plan.container, settings.machineEnvironment);
    }
    const child = await startChild({
      command: plan.command,
      environment: {
        ...plan.environment,
        ...replicaEnvironment(settings.host, ports, files.dataDirectory),
        [RUN_MARK]: runId,
      },
      directory: plan.workingDirectory ?? files.dataDirectory,
      logFile: output.file,
    });
    if (child.identity !== undefined) {
      try {
        await this.#write({ ...this.#record, run: { ...run, process: child.identity } });
      } catch (error) {
        // For example on a full disk. A process without a record must not keep running.
        await endProcesses([child.identity], { graceMs: timings.drainMs, isGroup: true });
        throw error;
      }
    }
    this.#options.log.info({ ...id, pid: child.identity?.pid }, 'started');
    return child;
  }

  /** If another program uses a port, the replica gets new ports. */
  async #requireFreePorts(): Promise<void> {
    const { ports: book, id, log } = this.#options;
    const { ports } = this.#record;
    if (ports === undefined || (await book.areFree(ports))) {
      return;
    }
    const newPorts = await book.take();
    log.warn(
      { ...id, ports, newPorts },
      'another program uses the ports of this replica; assigned new ports',
    );
    book.free(ports);
    await this.#write({ ...this.#record, ports: newPorts });
    this.#options.onChange();
  }

  /** Resolves once the child has ended or the signal is aborted. */
  async #watch(child: Child, signal: AbortSignal): Promise<void> {
    const { timings } = this.#options;
    const over = AbortSignal.any([signal, child.gone]);
    const hangs =
      this.address('ops') === undefined
        ? undefined
        : new HangWatch({ ...this.#options, ...timings, child, over });
    const began = performance.now();
    let readySince: number | undefined;
    while (!over.aborted) {
      const readiness = await readinessOf(this.address('ops'), began, timings);
      await hangs?.observe(readiness);
      if (over.aborted) {
        return;
      }
      const condition = this.#conditionOf(readiness, readySince !== undefined);
      if (condition.state === 'ready') {
        readySince ??= performance.now();
        if (performance.now() - readySince >= timings.healthyMs) {
          this.#crashes.reset();
        }
      }
      this.#become(condition);
      await this.#rotateOutput();
      await pause(this.isReady ? timings.askReadyMs : timings.askStartingMs, over);
    }
  }

  /** A full disk, for example, is no reason to stop a service. */
  async #rotateOutput(): Promise<void> {
    const { id, log, output } = this.#options;
    try {
      await output.rotate();
      this.#isOutputStuck = false;
    } catch (error) {
      if (!this.#isOutputStuck) {
        this.#isOutputStuck = true;
        log.error({ ...id, err: error }, 'failed to rotate the output; it grows beyond its limit');
      }
    }
  }

  #conditionOf({ isReady, reason }: Readiness, wasReady: boolean): Condition {
    if (isReady) {
      return { state: 'ready' };
    }
    const hasFailed = this.#crashes.attempts >= this.#options.timings.crashesMax;
    if (hasFailed && !wasReady) {
      // Until it is ready again, keep the reason of the failure.
      return this.#condition;
    }
    const state = wasReady ? 'not-ready' : 'starting';
    return reason === undefined ? { state } : { state, reason };
  }

  async #endingOf(child: Child): Promise<string> {
    const words = await this.#options.output.lastWords(this.#outputFrom).catch(() => '');
    return words === '' ? `${child.ending()} and wrote nothing` : `${child.ending()}: ${words}`;
  }

  async #afterCrash(ending: string, signal: AbortSignal): Promise<void> {
    const { id, log, timings } = this.#options;
    this.#child = undefined;
    const pauseMs = this.#crashes.next();
    const hasFailed = this.#crashes.attempts >= timings.crashesMax;
    const times = hasFailed ? ` (${this.#crashes.attempts} times in a row)` : '';
    this.#become({ state: hasFailed ? 'failed' : 'backing-off', reason: `${ending}${times}` });
    log.warn(
      { ...id, ending, pauseMs: Math.round(pauseMs) },
      'the process ended unexpectedly and will be restarted',
    );
    try {
      const runId = this.#record.run?.id;
      if (runId !== undefined) {
        await endMarked(runId, { graceMs: timings.drainMs });
      }
      await pause(pauseMs, signal);
      if (!signal.aborted) {
        await this.#write({ ...this.#record, restarts: this.#record.restarts + 1 });
      }
    } catch (error) {
      log.error({ ...id, err: error }, 'failed to clean up after a process');
      await pause(pauseMs, signal);
    }
  }

  #become(condition: Condition): void {
    const { state, reason } = this.#condition;
    if (state !== condition.state || reason !== condition.reason) {
      this.#condition = condition;
      this.#options.onChange();
    }
  }

  async #write(record: RunRecord): Promise<void> {
    await writeRunRecord(this.#options.files.recordFile, record);
    this.#record = record;
  }
}

/** The address at which other programs on this machine reach `host`. */
export function addressOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return reachable.includes(':') ? `[${reachable}]:${port}` : `${reachable}:${port}`;
}
