import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { paintFor } from '../../output/colour.ts';
import { diffText } from '../../project/diff-text.ts';
import { openProject } from '../../project/open-project.ts';
import { deletionsBeyond, plan, type Change } from '../../project/plan.ts';
import { printChange } from './print-change.ts';
import { printOtherTopics } from './print-other-topics.ts';

export const run: RunCommand = async (call) => {
  const { options, around, output } = call;
  const changes = (await changesOf(call)).filter(({ result }) => result !== 'unchanged');
  if (output.format === undefined || output.format === 'table') {
    const isTTY = around.stdout.isTTY === true;
    const paint = paintFor({ when: options.text('color'), env: around.env, isTTY });
    around.stdout.write(diffText(changes, paint));
  } else {
    for (const change of changes) {
      printChange(call, change);
    }
  }
  if (changes.length > 0) {
    around.stderr.write(`Changes: ${changes.length}. To apply them, run: quick apply\n`);
    return 1;
  }
  return undefined;
};

/** Exit code 1 means differences, so a failure gets exit code 2. */
async function changesOf(call: CommandCall): Promise<readonly Change[]> {
  try {
    const project = await openProject(call);
    const { specs, live, manager } = project;
    const removals = call.options.flag('prune') ? deletionsBeyond(specs, live) : [];
    const changes = [...(await plan(manager, specs, live)), ...removals];
    printOtherTopics(call, project);
    return changes;
  } catch (error) {
    const isFailure = error instanceof CliError && error.exitCode === EXIT.failure;
    throw isFailure ? error.with({ exitCode: EXIT.usage }) : error;
  }
}
