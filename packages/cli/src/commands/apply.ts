import { confirmByName } from '../run/ask.ts';
import { CliError } from '../run/cli-error.ts';
import type { CommandCall, RunCommand } from '../run/command-call.ts';
import type { Desired } from '../project/desired-resources.ts';
import { isLive } from '../manager/manager-client.ts';
import { leftOver, plan, type Change } from '../project/plan.ts';
import { labelOf } from './kinds.ts';
import { openProject, type OpenedProject } from './open-project.ts';
import { printChange } from './print-change.ts';

export const run: RunCommand = async (call) => {
  const { options, around } = call;
  const opened = await openProject(call);
  const { name, wanted, live, manager } = opened;
  const extra = options.flag('prune') ? leftOver(wanted, live) : [];
  if (options.flag('dryRun')) {
    for (const change of [...(await plan(manager, wanted, live)), ...extra]) {
      printChange(call, change, ' (dry run)');
    }
    return undefined;
  }
  const topics = extra.filter(({ kind }) => kind === 'topic').map((each) => each.name);
  if (topics.length > 0) {
    await confirmByName(
      `This deletes ${topics.length} topics with all their data: ${topics.join(', ')}.`,
      name,
      options,
      around,
    );
  }
  await applyAll(call, opened, extra);
  if (wanted.length === 0) {
    around.stderr.write('The project names no topic, mirror, gateway or application.\n');
  }
  return undefined;
};

async function applyAll(
  call: CommandCall,
  { wanted, live, manager }: OpenedProject,
  extra: readonly Change[],
): Promise<void> {
  const total = wanted.length + extra.length;
  let done = 0;
  const step = async (label: string, work: () => Promise<Change>): Promise<void> => {
    call.around.signal.throwIfAborted();
    try {
      printChange(call, await work());
      done += 1;
    } catch (error) {
      throw halfway(error, label, done, total);
    }
  };
  for (const [at, { kind, name, body }] of wanted.entries()) {
    await step(labelOf(kind, name), async () => {
      const { result, warnings } = await manager.put(kind, name, body, false);
      // A topic has brought its mirror with it a moment ago.
      const isNew = !isLive(live, kind, name);
      return {
        kind,
        name,
        result: isNew ? 'created' : result,
        warnings: warnings.filter(isAbout(wanted.slice(at))),
      };
    });
  }
  for (const change of extra) {
    await step(labelOf(change.kind, change.name), async () => {
      await manager.remove(change.kind, change.name, false);
      return change;
    });
  }
}

/** A gateway may come before a topic with one of its types: that this is not there yet is as it should be. */
function isAbout(later: readonly Desired[]): (warning: string) => boolean {
  const toCome = later.filter(({ kind }) => kind === 'topic').map(({ name }) => name);
  return (warning) => !toCome.some((name) => warning.includes(name));
}

/** Says how far it came, and that a second time completes it. */
function halfway(error: unknown, label: string, done: number, total: number): unknown {
  if (!(error instanceof CliError)) {
    return error;
  }
  const { code, exitCode, requestId, hint } = error;
  const progress = `${done} of ${total} are done. Once this is repaired, run the same command again: it goes on where it ended.`;
  return new CliError(`${label}: ${error.message}`, {
    code,
    exitCode,
    hint: hint === undefined ? progress : `${hint}\n${progress}`,
    ...(requestId === undefined ? {} : { requestId }),
    cause: error,
  });
}
