import { mkdir, realpath } from 'node:fs/promises';

import { KeyedQueue } from '@quicksilver/common/flow/keyed-queue';
import { Listeners } from '@quicksilver/common/flow/listeners';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Log } from '@quicksilver/common/lifecycle/log';

import {
  isService,
  type LogOptions,
  type Runtime,
  type Workload,
  type WorkloadId,
  type WorkloadState,
} from '../runtime.ts';
import { type ContainerOptions, findContainerEngine } from './container-engine.ts';
import { findProgram } from './find-program.ts';
import { type LaunchPlan, type LaunchSettings, planLaunch } from './launch-plan.ts';
import { takeOwnership } from './owner-lock.ts';
import { PortBook, type PortRange } from './port-book.ts';
import { ProcessWorkload } from './process-workload.ts';
import { Replica } from './replica.ts';
import { type LogLimits, ReplicaLog } from './replica-log.ts';
import { listReplicas, createReplicaFiles, type ReplicaId, requireId } from './replica-files.ts';
import { NEW_RECORD, readRunRecord } from './run-record.ts';
import { type Timings, TIMINGS } from './timings.ts';

export interface ProcessRuntimeOptions extends Omit<LaunchSettings, 'containerRunFlags'> {
  /**
   * Holds the run records, data and output of all replicas. Only one runtime may use it at a time.
   */
  readonly directory: string;
  readonly log: Log;
  /** Below the ephemeral ports of the operating system. */
  readonly ports?: PortRange;
  /** Replicas of all workloads. No limit by default. */
  readonly replicasMax?: number;
  readonly containers?: ContainerOptions;
  readonly output?: LogLimits;
  readonly timings?: Partial<Timings>;
}

const PORTS: PortRange = { first: 18_000, last: 19_999 };
const OUTPUT: LogLimits = { bytesMax: 8 * 1_024 * 1_024, filesMax: 3 };

/** Runs each replica as a supervised process on this machine. */
export class ProcessRuntime implements Runtime {
  readonly #options: ProcessRuntimeOptions;
  readonly #timings: Timings;
  readonly #ports: PortBook;
  readonly #workloads = new Map<string, ProcessWorkload>();
  /** The calls for one workload take turns. */
  readonly #calls = new KeyedQueue();
  readonly #changes = new Listeners<[id: WorkloadId]>();
  #directory = '';
  #engine: readonly string[] | undefined;
  #release: (() => Promise<void>) | undefined;

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.#timings = { ...TIMINGS, ...options.timings };
    this.#ports = new PortBook({ host: options.host, range: options.ports ?? PORTS });
  }

  async start(): Promise<void> {
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    this.#directory = await realpath(this.#options.directory);
    this.#release = await takeOwnership(this.#directory);
    try {
      await this.#takeOverAll();
    } catch (error) {
      await this.#release();
      this.#release = undefined;
      throw error;
    }
  }

  async apply(workload: Workload): Promise<void> {
    requireId(workload);
    this.#requireCapacity(workload);
    const engine = await this.#requireProgram(workload);
    await this.#inTurn(workload, async () => {
      const settings = this.#settings();
      const target: LaunchPlan[] = [];
      for (let ordinal = 0; ordinal < workload.replicas; ordinal += 1) {
        target.push(planLaunch(workload, ordinal, settings, engine));
      }
      await this.#workload(workload).apply(target);
    });
  }

  async addresses(
    workload: WorkloadId & { readonly replicas: number },
  ): Promise<readonly string[]> {
    requireId(workload);
    this.#requireCapacity(workload);
    return await this.#inTurn(workload, () =>
      this.#workload(workload).addresses(workload.replicas),
    );
  }

  async remove(id: WorkloadId): Promise<void> {
    requireId(id);
    await this.#inTurn(id, async () => {
      const workload = this.#workloads.get(keyOf(id));
      await workload?.remove();
      this.#workloads.delete(keyOf(id));
    });
  }

  async observe(id: WorkloadId): Promise<WorkloadState | undefined> {
    return this.#workloads.get(keyOf(id))?.state();
  }

  async list(): Promise<readonly WorkloadId[]> {
    return [...this.#workloads.values()].map((workload) => {
      const { kind, name } = workload.state();
      return { kind, name };
    });
  }

  onChange(listener: (id: WorkloadId) => void): () => void {
    return this.#changes.add(listener);
  }

  async *logs(id: WorkloadId, ordinal: number, options: LogOptions): AsyncGenerator<string> {
    const replica = this.#workloads.get(keyOf(id))?.replica(ordinal);
    if (replica === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `Replica ${ordinal} of ${id.kind} "${id.name}" does not exist. GET /status lists the replicas.`,
      );
    }
    yield* replica.lines(options);
  }

  async stop(how: { readonly keep: boolean }): Promise<void> {
    const isOwner = this.#release !== undefined;
    const release = this.#release;
    this.#release = undefined;
    if (!isOwner) {
      return;
    }
    await this.#calls.idle();
    const outcomes = await Promise.allSettled(
      [...this.#workloads.values()].map((workload) => workload.stop(how)),
    );
    await release?.();
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }

  #settings(): LaunchSettings {
    const { containers } = this.#options;
    return {
      ...this.#options,
      directory: this.#directory,
      containerRunFlags: containers?.runFlags,
    };
  }

  async #takeOverAll(): Promise<void> {
    const replicas: { readonly id: ReplicaId; readonly replica: Replica }[] = [];
    for (const id of await listReplicas(this.#directory)) {
      replicas.push({ id, replica: await this.#openReplica(id) });
    }
    await Promise.all(replicas.map(({ id, replica }) => this.#takeOver(id, replica)));
  }

  /** Takes over one replica that is running, ended or partly removed. */
  async #takeOver(id: ReplicaId, replica: Replica): Promise<void> {
    try {
      if (replica.isRemoving) {
        await replica.remove();
        return;
      }
      await replica.adopt();
    } catch (error) {
      this.#options.log.error({ ...id, err: error }, 'failed to take over a replica');
    }
    this.#workload(id).add(replica);
  }

  #workload(id: WorkloadId): ProcessWorkload {
    const entry = this.#workloads.get(keyOf(id));
    if (entry !== undefined) {
      return entry;
    }
    const { kind, name } = id;
    const workload = new ProcessWorkload({
      id: { kind, name },
      openReplica: (ordinal) => this.#openReplica({ kind, name, ordinal }),
      timings: this.#timings,
      log: this.#options.log,
    });
    this.#workloads.set(keyOf(id), workload);
    return workload;
  }

  async #openReplica(id: ReplicaId): Promise<Replica> {
    const files = await createReplicaFiles(this.#directory, id);
    const replica = new Replica({
      id,
      files,
      record: (await readRunRecord(files.recordFile)) ?? NEW_RECORD,
      output: new ReplicaLog(files.logDirectory, this.#options.output ?? OUTPUT),
      ports: this.#ports,
      settings: this.#settings(),
      timings: this.#timings,
      log: this.#options.log,
      onChange: () => this.#changes.notify({ kind: id.kind, name: id.name }),
    });
    await replica.reserve();
    return replica;
  }

  /** A workload with fewer replicas than now is always accepted. */
  #requireCapacity(workload: WorkloadId & { readonly replicas: number }): void {
    const { replicasMax = Infinity } = this.#options;
    const countOf = (state: WorkloadState): number => state.replicas.length;
    const states = [...this.#workloads.values()].map((each) => each.state());
    const current = states.find((each) => keyOf(each) === keyOf(workload));
    const total = states.reduce((sum, each) => sum + countOf(each), 0);
    const otherReplicas = total - (current === undefined ? 0 : countOf(current));
    const { kind, name, replicas } = workload;
    if (
      replicas > (current === undefined ? 0 : countOf(current)) &&
      otherReplicas + replicas > replicasMax
    ) {
      throw new AppError(
        'CANNOT_RUN_HERE',
        `This machine carries ${replicasMax} replicas. ${otherReplicas} exist, and ${kind} "${name}" needs ${replicas}. Use fewer replicas, or raise QUICK_RUNTIME_REPLICAS_MAX if the machine has the memory.`,
      );
    }
  }

  /** The container engine, if the workload is an image. Throws if its program cannot run here. */
  async #requireProgram({ kind, name, program }: Workload): Promise<readonly string[] | undefined> {
    const { containers = {}, machineEnvironment, applicationDirectory } = this.#options;
    if (isService(kind)) {
      return undefined;
    }
    if (program !== undefined && 'image' in program) {
      this.#engine ??= await findContainerEngine(containers, machineEnvironment);
      return this.#engine;
    }
    const [first = ''] = program?.command ?? [];
    const directory = applicationDirectory ?? this.#directory;
    const path = machineEnvironment['PATH'] ?? '';
    if (first === '' || (await findProgram(first, { path, directory })) === undefined) {
      throw new AppError(
        'CANNOT_RUN_HERE',
        `The program "${first}" of ${kind} "${name}" was not found in ${first.includes('/') ? directory : `PATH=${path}`}. Install it, or use its full path.`,
      );
    }
    return undefined;
  }

  /** Runs the calls for one workload one after the other. */
  async #inTurn<T>(id: WorkloadId, work: () => Promise<T>): Promise<T> {
    if (this.#release === undefined) {
      throw new AppError(
        'SHUTTING_DOWN',
        'The runtime is stopped or not started yet. Retry later.',
      );
    }
    return await this.#calls.run([keyOf(id)], work);
  }
}

function keyOf({ kind, name }: WorkloadId): string {
  return `${kind}/${name}`;
}
