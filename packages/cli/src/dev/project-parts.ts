import type { Part } from '@quicksilver/common/lifecycle/part';

import { awaitLoaded } from '../load/await-loaded.ts';
import { LiveReplay } from '../load/live-replay.ts';
import type { ProjectData } from '../load/project-data.ts';
import { loadProjectData } from '../load/project-loader.ts';
import { paintFor } from '../output/colour.ts';
import { readProject, type ProjectSources } from '../project/read-project.ts';
import { awaitGateways } from './await-gateways.ts';
import { LoadedTopics } from './loaded-topics.ts';
import type { Network, NetworkOptions } from './network.ts';
import { step } from './part-shapes.ts';
import { deployProject } from './project-deployment.ts';
import { ProjectWatch } from './project-watch.ts';

export interface ProjectOptions extends NetworkOptions {
  readonly loaded: ProjectSources;
  readonly data: ProjectData;
}

/** Deploys a project on a network, loads its data, and applies changes of its files. */
export function projectParts(options: ProjectOptions, network: Network): readonly Part[] {
  const { loaded, data, display } = options;
  const { manager, ingest, edge } = network;
  return [
    step('project', ({ signal }) => deployProject({ loaded, manager, display }, signal)),
    step('data', ({ signal }) => loadOnce(options, network, signal)),
    step('gateways', ({ signal }) => awaitGateways(gatewaysOf(loaded), edge, signal)),
    ...(data.live === undefined ? [] : [new LiveReplay({ live: data.live, ingest, display })]),
    createWatch(options, network),
  ];
}

export function gatewaysOf({ project }: ProjectSources): readonly string[] {
  return Object.keys(project.gateways ?? {});
}

async function loadOnce(
  { data: { topics }, dataDirectory, display }: ProjectOptions,
  { client, ingest, edge }: Network,
  signal: AbortSignal,
): Promise<void> {
  const admin = client().admin();
  try {
    const idOf = async (topic: string): Promise<string> =>
      (await admin.describe(topic, signal))?.topicId ?? '';
    const memory = new LoadedTopics(dataDirectory);
    const ends = await loadProjectData({ topics, ingest, memory, idOf, display }, signal);
    await awaitLoaded(ends, edge, signal);
  } finally {
    await admin.close();
  }
}

function createWatch(
  { projectDir, loaded, display, around }: ProjectOptions,
  { manager }: Network,
): Part {
  return new ProjectWatch({
    first: loaded,
    load: () => readProject(projectDir, undefined, around),
    deploy: (changed, onPlan, signal) =>
      deployProject({ loaded: changed, manager, display, onPlan }, signal),
    display,
    paint: paintFor({ when: undefined, env: around.env, isTTY: around.stderr.isTTY === true }),
  });
}
