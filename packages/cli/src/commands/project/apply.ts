import { DEFINITIONS, RESOURCE_KINDS } from '@quicksilver/resources/kinds';

import type { RunCommand } from '../../grammar/command-call.ts';
import { applyAll } from '../../project/apply-all.ts';
import { openProject } from '../../project/open-project.ts';
import { deletionsBeyond, plan } from '../../project/plan.ts';
import { confirmTopicDeletion } from '../ask.ts';
import { listOf } from '../kinds.ts';
import { printChange } from './print-change.ts';

export const run: RunCommand = async (call) => {
  const { options, around } = call;
  const project = await openProject(call);
  const { name, specs, live, manager } = project;
  const removals = options.flag('prune') ? deletionsBeyond(specs, live) : [];
  if (options.flag('dryRun')) {
    for (const change of [...(await plan(manager, specs, live)), ...removals]) {
      printChange(call, change, ' (dry run)');
    }
    return undefined;
  }
  const topics = removals
    .filter(({ kind }) => DEFINITIONS[kind].hasRecords)
    .map((each) => each.name);
  await confirmTopicDeletion(topics, name, call);
  await applyAll({
    ...project,
    removals,
    signal: around.signal,
    onChange: (change) => printChange(call, change),
  });
  if (specs.length === 0) {
    around.stderr.write(`The project has no ${listOf(RESOURCE_KINDS)}.\n`);
  }
  return undefined;
};
