import { DEFINITIONS } from '@quicksilver/resources/kinds';

import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { CliError, EXIT, usageError } from '../../output/cli-error.ts';
import { readSources } from '../../project/read-sources.ts';
import { deletionsOf } from '../../project/plan.ts';
import { resourceSpecs } from '../../project/resource-specs.ts';
import { confirmTopicDeletion } from '../ask.ts';
import { oneResource } from '../kinds.ts';
import { printChange } from './print-change.ts';

export const run: RunCommand = async (call) => {
  const { args, options } = call;
  const isProject = options.list('file').length > 0;
  if (isProject === args.length > 0) {
    throw usageError(
      `Expected either a kind and a name, or -f with a project file; found ${isProject ? 'both' : 'neither'}.`,
      'For example: quick delete gateway shop',
    );
  }
  await (isProject ? deleteProject(call) : deleteOne(call));
  return undefined;
};

async function deleteOne(call: CommandCall): Promise<void> {
  const { kind, name } = oneResource(call.args);
  if (DEFINITIONS[kind].hasRecords) {
    await confirmTopicDeletion([name], name, call);
  }
  const manager = await openManager(call);
  await manager.remove(kind, name, call.options.flag('force'));
  printChange(call, { kind, name, result: 'deleted', warnings: [] });
}

/** Skips resources that do not exist, so that a second run completes an interrupted one. */
async function deleteProject(call: CommandCall): Promise<void> {
  const { options, around } = call;
  const loaded = await readSources(options, around);
  const manager = await openManager(call);
  const live = await manager.overview();
  const changes = deletionsOf(resourceSpecs(loaded, live), live);
  const topics = changes.filter(({ kind }) => DEFINITIONS[kind].hasRecords).map(({ name }) => name);
  await confirmTopicDeletion(topics, loaded.project.name, call);
  for (const change of changes) {
    around.signal.throwIfAborted();
    await manager.remove(change.kind, change.name, options.flag('force')).catch(ignoreNotFound);
    printChange(call, change);
  }
  if (changes.length === 0) {
    around.stderr.write('The deployment has no resource of the project.\n');
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof CliError) || error.exitCode !== EXIT.notFound) {
    throw error;
  }
}
