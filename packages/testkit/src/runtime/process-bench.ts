import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { endLeftovers } from '@quicksilver/manager/runtime/process/end-leftovers';
import { machineEnvironment } from '@quicksilver/manager/runtime/process/machine-environment';
import {
  ProcessRuntime,
  type ProcessRuntimeOptions,
} from '@quicksilver/manager/runtime/process/process-runtime';
import type { Workload } from '@quicksilver/manager/runtime/runtime';

import { portRange } from '../processes/port-range.ts';
import type { RuntimeBench } from './runtime-bench.ts';
import { silentLog } from '../basics/silent-log.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Times that a test can wait for. */
export const SHORT_TIMINGS: NonNullable<ProcessRuntimeOptions['timings']> = {
  askStartingMs: 20,
  askReadyMs: 50,
  askDeadlineMs: 500,
  silentMaxMs: 2_000,
  settleMs: 300,
  restartFirstMs: 20,
  restartMaxMs: 200,
  drainMs: 3_000,
};

/** Runtimes of processes over one directory of their own, one after the other. */
export class ProcessBench implements RuntimeBench {
  readonly patienceMs = 60_000;
  readonly directory: string;
  #ports: ReturnType<typeof portRange> | undefined;
  #last: ProcessRuntime | undefined;

  static async create(): Promise<ProcessBench> {
    return new ProcessBench(await mkdtemp(join(tmpdir(), 'quicksilver-runtime-')));
  }

  static over(directory: string): ProcessBench {
    return new ProcessBench(directory);
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  options(): ProcessRuntimeOptions {
    return {
      directory: this.directory,
      host: '127.0.0.1',
      nodePath: process.execPath,
      serviceMain: () => pathOf('small-service.ts'),
      serviceEnvironment: {},
      machineEnvironment: machineEnvironment(process.env),
      applicationEnvironment: {},
      log: silentLog,
      timings: SHORT_TIMINGS,
    };
  }

  async open(changes: Partial<ProcessRuntimeOptions> = {}): Promise<ProcessRuntime> {
    const ports = await (this.#ports ??= portRange());
    this.#last = new ProcessRuntime({ ...this.options(), ports, ...changes });
    await this.#last.start();
    return this.#last;
  }

  program(args: readonly string[]): NonNullable<Workload['program']> {
    return { command: [process.execPath, pathOf('small-program.ts'), ...args] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#last?.stop({ keep: false });
    } finally {
      await endLeftovers(this.directory, { machineEnvironment: machineEnvironment(process.env) });
      await rm(this.directory, { recursive: true, force: true });
    }
  }
}
