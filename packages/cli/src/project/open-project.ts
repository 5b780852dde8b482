import { openManager, type ManagerClient, type Overview } from '../manager/manager-client.ts';
import type { CommandCall } from '../grammar/command-call.ts';
import { desiredResources, type Desired } from './desired-resources.ts';
import { loadSources } from './load-sources.ts';
import type { LoadedProject } from './load-project.ts';
import { checkSchemas } from './schema-topics.ts';

export interface OpenedProject {
  readonly name: string;
  readonly wanted: readonly Desired[];
  readonly live: Overview;
  readonly manager: ManagerClient;
}

/** The project of `-f` and the deployment beside it. Throws `CliError` with every mistake of the file. */
export async function openProject(call: CommandCall): Promise<OpenedProject> {
  const { options, around } = call;
  return await compareProject(await loadSources(options, around), await openManager(call));
}

/** Throws `CliError` where a schema names what neither the project nor the deployment has. */
export async function compareProject(
  loaded: LoadedProject,
  manager: ManagerClient,
): Promise<OpenedProject> {
  const live = await manager.overview();
  const liveTopics = live.resources.filter(({ kind }) => kind === 'topic').map(({ name }) => name);
  checkSchemas(loaded, liveTopics);
  return { name: loaded.project.name, wanted: desiredResources(loaded, live), live, manager };
}
