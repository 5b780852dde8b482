import { resolve } from 'node:path';

import { readConfig } from '@quicksilver/common/config/option';
import { runParts } from '@quicksilver/common/lifecycle/run-parts';
import { identityOfThisProcess } from '@quicksilver/processes/process-identity';

import { dataDirectoryOf, makeEphemeral } from '../context/dev-run.ts';
import { openProjectData } from '../load/project-data.ts';
import { describeFailure } from '../output/describe-failure.ts';
import { Display } from '../output/display.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { readProject } from '../project/read-project.ts';
import { assembleDev, type Dev } from './assemble-dev.ts';
import { DataDirectory } from './data-directory.ts';
import { devOptions } from './dev-options.ts';
import { createDisplayLog } from './display-log.ts';
import { SERVICE_DRAIN_MS } from './network.ts';

export interface RunDevOptions {
  readonly projectDir: string;
  /** `--environment`: the name of an overlay of the project file. */
  readonly environment: string | undefined;
  /** `--ephemeral`: the state is removed at the end. */
  readonly isEphemeral: boolean;
  readonly around: Surroundings;
}

/** `quick dev`: runs until the signal aborts or something fails. Resolves to the exit code. */
export async function runDev(options: RunDevOptions): Promise<number> {
  const { env, stdout, stderr, signal } = options.around;
  const startMs = performance.now();
  const display = new Display({ screen: stderr, env, now: () => performance.now() });
  let stopMs = 0;
  signal.addEventListener('abort', () => {
    stopMs = performance.now();
    display.status('Stopping');
  });
  const dataDir = dataDirectoryOf(resolve(options.around.cwd, options.projectDir), env);
  try {
    const dev = await openDev(options, dataDir, display);
    await runParts(dev.parts, {
      signal,
      drainMs: SERVICE_DRAIN_MS,
      log: createDisplayLog(display),
      onReady: () => {
        display.clear();
        stdout.write(`${dev.block((performance.now() - startMs) / 1_000)}\n`);
      },
    });
  } catch (error) {
    display.clear();
    stderr.write(`quick dev: ${describeFailure(error, dataDir)}\n`);
    return 1;
  }
  display.line(`Stopped after ${((performance.now() - stopMs) / 1_000).toFixed(1)} seconds.`);
  return 0;
}

async function openDev(
  { projectDir, environment, isEphemeral, around }: RunDevOptions,
  dataDir: string,
  display: Display,
): Promise<Dev> {
  const config = readConfig(devOptions, around.env);
  const loaded = await readProject(projectDir, environment, around);
  const self = await identityOfThisProcess();
  const ephemeral = isEphemeral ? await makeEphemeral() : undefined;
  return await assembleDev({
    config,
    projectDir: loaded.dir,
    environment,
    restHosts: loaded.project.dev?.restHosts ?? [],
    needsRegistry: loaded.project.dev?.schemas !== undefined,
    origins: loaded.project.dev?.origins ?? [],
    loaded,
    data: await openProjectData(loaded),
    self,
    dataDirectory: new DataDirectory({ path: dataDir, project: loaded.dir, ephemeral, self }),
    display,
    around,
  });
}
