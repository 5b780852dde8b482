import type { CommandCall } from '../grammar/command-call.ts';
import { openManager, type ManagerClient, type Overview } from '../manager/manager-client.ts';
import type { ProjectSources } from './read-project.ts';
import { readSources } from './read-sources.ts';
import { resourceSpecs, type ResourceSpec } from './resource-specs.ts';
import { checkSchemas } from './schema-topics.ts';

/** A project beside the deployment that it is applied to. */
export interface OpenProject {
  readonly name: string;
  readonly specs: readonly ResourceSpec[];
  readonly live: Overview;
  readonly manager: ManagerClient;
}

/** Opens the project of `-f` and its deployment. Throws `CliError` with all mistakes of files. */
export async function openProject(call: CommandCall): Promise<OpenProject> {
  const { options, around } = call;
  return await compareProject(await readSources(options, around), await openManager(call));
}

/** Throws `CliError` if a schema names a topic that neither the project nor the deployment has. */
export async function compareProject(
  loaded: ProjectSources,
  manager: ManagerClient,
): Promise<OpenProject> {
  const live = await manager.overview();
  const liveTopics = live.resources.filter(({ kind }) => kind === 'topic').map(({ name }) => name);
  checkSchemas(loaded, liveTopics);
  return { name: loaded.project.name, specs: resourceSpecs(loaded, live), live, manager };
}
