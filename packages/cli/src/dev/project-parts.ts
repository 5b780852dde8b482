import type { Part } from '@quicksilver/common/lifecycle/part';

import { LiveReplay } from '../load/live-replay.ts';
import type { ProjectData } from '../load/project-data.ts';
import { paintFor } from '../output/colour.ts';
import { CliError } from '../output/cli-error.ts';
import { readProject, type ProjectSources } from '../project/read-project.ts';
import { MirrorWarnings } from './mirror-warnings.ts';
import type { Network, NetworkOptions } from './network.ts';
import { step } from './part-shapes.ts';
import { rollOut } from './project-rollout.ts';
import { ProjectWatch } from './project-watch.ts';

export interface ProjectOptions extends NetworkOptions {
  readonly loaded: ProjectSources;
  readonly data: ProjectData;
  /** Name of the overlay of the project file. */
  readonly environment: string | undefined;
  /** Called with everything that does not serve after the start. */
  readonly onProblems: (problems: readonly CliError[]) => void;
}

/** Deploys a project on a network, loads its data, and applies changes of its files. */
export function projectParts(options: ProjectOptions, network: Network): readonly Part[] {
  const { loaded, data, display, onProblems } = options;
  const { ingest } = network;
  return [
    step('project', async ({ signal }) => {
      try {
        onProblems(await rollOut({ loaded }, options, network, signal));
      } catch (error) {
        // A correction of the project needs the manager, so everything keeps running.
        if (!(error instanceof CliError) || signal.aborted || error.code === 'NOT_LEADER') {
          throw error;
        }
        onProblems([error]);
      }
    }),
    ...(data.live === undefined ? [] : [new LiveReplay({ live: data.live, ingest, display })]),
    createWatch(options, network),
    new MirrorWarnings({ manager: network.manager, display }),
  ];
}

export function gatewaysOf({ project }: ProjectSources): readonly string[] {
  return Object.keys(project.gateways ?? {});
}

function createWatch(options: ProjectOptions, network: Network): Part {
  const { projectDir, environment, loaded, display, around } = options;
  return new ProjectWatch({
    first: loaded,
    load: () => readProject(projectDir, environment, around),
    deploy: (changed, onPlan, signal) =>
      rollOut({ loaded: changed, onPlan }, options, network, signal),
    display,
    paint: paintFor({ when: undefined, env: around.env, isTTY: around.stderr.isTTY === true }),
  });
}
