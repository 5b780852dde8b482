import type { Environment } from '@quicksilver/common/config/option';
import { readConfig } from '@quicksilver/common/config/option';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';

import { assembleDev, SERVICE_DRAIN_MS } from './assemble-dev.ts';
import { describeFailure } from './describe-failure.ts';
import { devOptions } from './dev-options.ts';
import { Display, type Screen } from './display.ts';
import { createDisplayLog } from './display-log.ts';
import { openProject } from './project.ts';

export interface RunDevOptions {
  readonly projectDir: string;
  readonly env: Environment;
  readonly nodePath: string;
  readonly pid: number;
  /** Receives the block of addresses. */
  readonly stdout: Screen;
  /** Receives progress and errors. */
  readonly stderr: Screen;
  /** Aborted when everything should stop. */
  readonly signal: AbortSignal;
}

/** `quick dev`: runs until the signal aborts or something fails. Resolves to the exit code. */
export async function runDev(options: RunDevOptions): Promise<number> {
  const { env, stdout, stderr, signal } = options;
  const begun = performance.now();
  const display = new Display({ screen: stderr, env, now: () => performance.now() });
  let dataDir: string | undefined;
  let stopBegun = 0;
  signal.addEventListener('abort', () => {
    stopBegun = performance.now();
    display.status('Stopping');
  });
  try {
    const config = readConfig(devOptions, env);
    const project = await openProject(options.projectDir);
    const dev = assembleDev(config, project, { ...options, display });
    dataDir = dev.dataDir;
    await runParts(dev.parts, {
      signal,
      drainMs: SERVICE_DRAIN_MS,
      log: createDisplayLog(display),
      onReady: () => {
        display.clear();
        stdout.write(`${dev.block((performance.now() - begun) / 1_000)}\n`);
      },
    });
  } catch (error) {
    display.clear();
    stderr.write(`quick dev: ${describeFailure(error, dataDir)}\n`);
    return 1;
  }
  display.line(`Stopped after ${((performance.now() - stopBegun) / 1_000).toFixed(1)} seconds.`);
  return 0;
}
