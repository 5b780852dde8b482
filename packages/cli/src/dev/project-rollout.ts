import { KINDS } from '@quicksilver/resources/kinds';

import { awaitLoaded } from '../load/await-loaded.ts';
import { openProjectData } from '../load/project-data.ts';
import { loadProjectData } from '../load/project-loader.ts';
import { CliError } from '../output/cli-error.ts';
import type { ProjectSources } from '../project/read-project.ts';
import type { Change } from '../project/plan.ts';
import { awaitGateways } from './await-gateways.ts';
import type { SickResource } from './await-running.ts';
import { createRegisteredTopics } from './create-registered-topics.ts';
import { LoadedTopics } from './loaded-topics.ts';
import type { Network, NetworkOptions } from './network.ts';
import { deployProject } from './project-deployment.ts';
import { registerSchemas } from './register-schemas.ts';

export interface Rollout {
  readonly loaded: ProjectSources;
  /** Called with all changes before the first one is made. Then only these are waited for. */
  readonly onPlan?: (changes: readonly Change[]) => void;
}

/**
 * Deploys a project on the network of a run, loads its data, and waits until it serves. Returns
 * what does not serve: the rest does. Throws `CliError` if the project cannot be applied.
 */
export async function rollOut(
  { loaded, onPlan }: Rollout,
  options: NetworkOptions,
  network: Network,
  signal: AbortSignal,
): Promise<readonly CliError[]> {
  const { display } = options;
  const { manager, edge, kafka, registry } = network;
  if (kafka.isOfRun) {
    await createRegisteredTopics(loaded.project, network.client(), signal);
  }
  if (registry !== undefined) {
    await registerSchemas(loaded, registry.url, signal);
  }
  const sick = await deployProject({ loaded, manager, display, onPlan }, signal);
  const problems = sick.map(({ error }) => error);
  problems.push(...(await loadData(loaded, sick, options, network, signal)));
  const gateways = Object.keys(loaded.project.gateways ?? {}).filter(
    (gateway) => !isSick(sick, 'gateway', gateway),
  );
  problems.push(...(await awaitGateways(gateways, edge, signal)));
  return problems;
}

function isSick(sick: readonly SickResource[], kind: string, name: string): boolean {
  return sick.some((each) => each.kind === kind && each.name === name);
}

async function loadData(
  loaded: ProjectSources,
  sick: readonly SickResource[],
  { dataDirectory, display }: NetworkOptions,
  { client, ingest, edge }: Network,
  signal: AbortSignal,
): Promise<readonly CliError[]> {
  const data = await openProjectData(loaded);
  // Ingest cannot write to a topic that does not run, and a failure ends the load of all topics.
  const topics = data.topics.filter(({ name }) => !isSick(sick, 'topic', name));
  const admin = client().admin();
  try {
    const idOf = async (topic: string): Promise<string> =>
      (await admin.describe(topic, signal))?.topicId ?? '';
    const memory = new LoadedTopics(dataDirectory);
    const ends = await loadProjectData({ topics, ingest, memory, idOf, display }, signal);
    const served = [...ends].filter(
      ([topic]) => !KINDS.topic.brings(topic).some(({ kind, name }) => isSick(sick, kind, name)),
    );
    await awaitLoaded(new Map(served), edge, signal);
    return [];
  } catch (error) {
    if (error instanceof CliError && !signal.aborted) {
      return [error];
    }
    throw error;
  } finally {
    await admin.close();
  }
}
