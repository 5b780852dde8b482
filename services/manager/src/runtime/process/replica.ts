import { randomUUID } from 'node:crypto';

import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { LogOptions, ReplicaState } from '../runtime.ts';
import { adoptChild, type Child, startChild } from './child.ts';
import { removeContainer } from './container-engine.ts';
import { endProcesses } from './end-process.ts';
import { endRun } from './end-run.ts';
import { type LaunchPlan, type LaunchSettings, placeEnvironment } from './launch-plan.ts';
import type { PortBook, Ports } from './port-book.ts';
import { isRunning } from './process-identity.ts';
import { askReadiness } from './readiness.ts';
import { type ReplicaLog } from './replica-log.ts';
import {
  makeReplicaPlace,
  removeReplicaPlace,
  type ReplicaId,
  type ReplicaPlace,
} from './replica-place.ts';
import { endMarked, RUN_MARK } from './run-mark.ts';
import { type RunRecord, writeRunRecord } from './run-record.ts';
import type { Timings } from './timings.ts';

export interface ReplicaOptions {
  readonly id: ReplicaId;
  readonly place: ReplicaPlace;
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
 * One replica: its files, its ports, and the process that runs it while it should run. It is started,
 * watched and started again by one loop, and `end` waits for that loop: there are never two processes.
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
  /** Size of the output when the child was started. */
  #outputFrom = 0;
  #isOutputStuck = false;
  /** Whether the run of the record is that of an earlier manager. */
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

  /** Of what runs or is started again and again; undefined while nothing should run. */
  get digest(): string | undefined {
    return this.#plan?.digest ?? (this.#child === undefined ? undefined : this.#record.run?.digest);
  }

  /** Whether its removal was begun. */
  get isRemoving(): boolean {
    return this.#record.isRemoving;
  }

  get isReady(): boolean {
    return this.#condition.state === 'ready';
  }

  /** Where it listens; undefined where it has no port. */
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

  /** Chooses its ports, once. Before anything else is asked of it. */
  async reserve(): Promise<void> {
    const { id, ports: book } = this.#options;
    if (this.#record.ports !== undefined) {
      book.keep(this.#record.ports);
    } else if (id.kind !== 'application') {
      await this.#write({ ...this.#record, ports: await book.take() });
    } else {
      await this.#write(this.#record);
    }
  }

  /** Takes over what an earlier manager started, and clears away what is left of what has ended. */
  async adopt(): Promise<void> {
    const { run } = this.#record;
    if (run?.process !== undefined && (await isRunning(run.process))) {
      this.#child = adoptChild(run.process, ADOPTED_LOOK_MS);
      this.#condition = { state: 'starting', reason: 'it was just taken over' };
      this.#stop = new AbortController();
      this.#supervision = this.#supervise();
      this.#options.log.info({ ...this.#options.id, pid: run.process.pid }, 'taken over');
    } else if (run !== undefined) {
      await this.#clearRun();
      this.#condition = { state: 'not-ready', reason: 'it ended while no manager was running' };
    }
  }

  /** Runs it from now on, from whatever it does now. */
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

  /** Ends it gracefully. Its files and its ports stay. */
  async end(): Promise<void> {
    await this.#endSupervision({ state: 'stopping' });
    await this.#clearRun();
    this.#plan = undefined;
    this.#become({ state: 'not-ready', reason: 'it was stopped' });
  }

  /** Ends it and removes all that there is of it. A removal that broke off is finished by a later call. */
  async remove(): Promise<void> {
    await this.#endSupervision({ state: 'stopping' });
    // Somebody may have removed the directory by hand.
    await makeReplicaPlace(this.#options.settings.directory, this.#options.id);
    await this.#write({ ...this.#record, isRemoving: true });
    await this.#clearRun();
    this.#plan = undefined;
    await removeReplicaPlace(this.#options.settings.directory, this.#options.id);
    if (this.#record.ports !== undefined) {
      this.#options.ports.free(this.#record.ports);
    }
  }

  /** Watches it no longer; it runs on. */
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
    const { run: _ended, container: _removed, ...kept } = this.#record;
    await this.#write(kept);
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
        // Taken over, and nobody has said yet what should run in its place.
        this.#child = undefined;
        this.#become({ state: 'not-ready', reason: ending });
        return;
      }
      await this.#afterCrash(ending, signal);
    }
  }

  async #launch(plan: LaunchPlan | undefined): Promise<Child> {
    const { id, place, output, settings, timings } = this.#options;
    if (plan === undefined) {
      throw new Error('what it should run is not known');
    }
    await makeReplicaPlace(settings.directory, id);
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
    // Written before there is a process: were this one killed in between, the mark would still find it.
    this.#isInherited = false;
    await this.#write({ ...this.#record, run, ...container });
    if (plan.container !== undefined) {
      await removeContainer(plan.container, settings.machineEnvironment);
    }
    const child = await startChild({
      command: plan.command,
      environment: {
        ...plan.environment,
        ...placeEnvironment(settings.host, ports, place.dataDirectory),
        [RUN_MARK]: runId,
      },
      directory: plan.workingDirectory ?? place.dataDirectory,
      logFile: output.file,
    });
    if (child.identity !== undefined) {
      try {
        await this.#write({ ...this.#record, run: { ...run, process: child.identity } });
      } catch (error) {
        // On a full disk, say: what no record names must not run on.
        await endProcesses([child.identity], { graceMs: timings.drainMs, isGroup: true });
        throw error;
      }
    }
    this.#options.log.info({ ...id, pid: child.identity?.pid }, 'started');
    return child;
  }

  /** A port that somebody else has taken meanwhile is given up for another. */
  async #requireFreePorts(): Promise<void> {
    const { ports: book, id, log } = this.#options;
    const { ports } = this.#record;
    if (ports === undefined || (await book.areFree(ports))) {
      return;
    }
    const others = await book.take();
    log.warn(
      { ...id, ports, others },
      'its ports are in use by another program: it has others now',
    );
    book.free(ports);
    await this.#write({ ...this.#record, ports: others });
    this.#options.onChange();
  }

  /** Resolves once the child has ended, or the signal says that it is no longer to be watched. */
  async #watch(child: Child, signal: AbortSignal): Promise<void> {
    const { timings } = this.#options;
    const over = AbortSignal.any([signal, child.gone]);
    const began = performance.now();
    let readySince: number | undefined;
    while (!over.aborted) {
      const condition = await this.#ask(began, readySince !== undefined);
      if (over.aborted) {
        return;
      }
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

  /** A disk that is full, say, is no reason to end a service. */
  async #rotateOutput(): Promise<void> {
    const { id, log, output } = this.#options;
    try {
      await output.rotate();
      this.#isOutputStuck = false;
    } catch (error) {
      if (!this.#isOutputStuck) {
        this.#isOutputStuck = true;
        log.error(
          { ...id, err: error },
          'its output grows beyond its bound, it cannot be put aside',
        );
      }
    }
  }

  async #ask(began: number, wasReady: boolean): Promise<Condition> {
    const { timings } = this.#options;
    const opsAddress = this.address('ops');
    const { isReady, reason } =
      opsAddress === undefined
        ? { isReady: performance.now() - began >= timings.settleMs, reason: undefined }
        : await askReadiness(opsAddress, timings.askDeadlineMs);
    if (isReady) {
      return { state: 'ready' };
    }
    const hasFailed = this.#crashes.attempts >= timings.crashesMax;
    if (hasFailed && !wasReady) {
      // Until it is ready again, why it failed is what people need to know.
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
    log.warn({ ...id, ending, pauseMs: Math.round(pauseMs) }, 'ended by itself, is started again');
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
      log.error({ ...id, err: error }, 'what a process left behind could not be cleared away');
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
    await writeRunRecord(this.#options.place.recordFile, record);
    this.#record = record;
  }
}

/** Where others on this machine reach what listens on `host`. */
export function addressOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return reachable.includes(':') ? `[${reachable}]:${port}` : `${reachable}:${port}`;
}
