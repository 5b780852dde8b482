import { confirmByName } from '../ask.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { applyAll } from '../../project/apply-all.ts';
import { leftOver, plan } from '../../project/plan.ts';
import { openProject } from '../../project/open-project.ts';
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
  await applyAll({
    ...opened,
    extra,
    signal: around.signal,
    onChange: (change) => printChange(call, change),
  });
  if (wanted.length === 0) {
    around.stderr.write('The project names no topic, mirror, gateway or application.\n');
  }
  return undefined;
};
