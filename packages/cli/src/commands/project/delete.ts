import { openManager } from '../../manager/manager-client.ts';
import { toDelete, type Change } from '../../project/plan.ts';
import { desiredResources } from '../../project/desired-resources.ts';
import { loadSources } from '../../project/load-sources.ts';
import { confirmByName } from '../ask.ts';
import { CliError, EXIT, usageError } from '../../output/cli-error.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { oneThing } from '../kinds.ts';
import { printChange } from './print-change.ts';

export const run: RunCommand = async (call) => {
  const { args, options } = call;
  const isProject = options.list('file').length > 0;
  if (isProject === args.length > 0) {
    throw usageError(
      `Expected a kind and a name, or -f with a project file; found ${isProject ? 'both' : 'neither'}.`,
      'Write it as: quick delete gateway shop',
    );
  }
  await (isProject ? deleteProject(call) : deleteOne(call));
  return undefined;
};

async function deleteOne(call: CommandCall): Promise<void> {
  const { kind, name } = oneThing(call.args);
  if (kind === 'topic') {
    await confirmByName(
      `This deletes topic ${name} with all its data.`,
      name,
      call.options,
      call.around,
    );
  }
  const manager = await openManager(call);
  await manager.remove(kind, name, call.options.flag('force'));
  printChange(call, { kind, name, result: 'deleted', warnings: [] });
}

/** What is gone already is passed over, so that a second time completes a first one. */
async function deleteProject(call: CommandCall): Promise<void> {
  const { options, around } = call;
  const loaded = await loadSources(options, around);
  const manager = await openManager(call);
  const live = await manager.overview();
  const changes = toDelete(desiredResources(loaded, live), live);
  const topics = changes.filter(({ kind }) => kind === 'topic').map(({ name }) => name);
  if (topics.length > 0) {
    const what = `This deletes ${topics.length} topics with all their data: ${topics.join(', ')}.`;
    await confirmByName(what, loaded.project.name, options, around);
  }
  for (const change of changes) {
    around.signal.throwIfAborted();
    await manager.remove(change.kind, change.name, options.flag('force')).catch(passOverGone);
    printChange(call, change satisfies Change);
  }
  if (changes.length === 0) {
    around.stderr.write('Nothing of the project is there.\n');
  }
}

function passOverGone(error: unknown): void {
  if (!(error instanceof CliError) || error.exitCode !== EXIT.notFound) {
    throw error;
  }
}
