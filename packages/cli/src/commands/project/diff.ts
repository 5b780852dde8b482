import { paintFor } from '../../output/colour.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { diffText } from '../../project/diff-text.ts';
import { leftOver, plan, type Change } from '../../project/plan.ts';
import { openProject } from '../../project/open-project.ts';
import { printChange } from './print-change.ts';

export const run: RunCommand = async (call) => {
  const { options, around } = call;
  const changes = (await changesOf(call)).filter(({ result }) => result !== 'unchanged');
  if (options.text('output') === undefined || options.text('output') === 'table') {
    const isTTY = around.stdout.isTTY === true;
    const paint = paintFor({ when: options.text('color'), env: around.env, isTTY });
    around.stdout.write(diffText(changes, paint));
  } else {
    for (const change of changes) {
      printChange(call, change);
    }
  }
  if (changes.length > 0) {
    around.stderr.write(`${changes.length} to change. To do it, run: quick apply\n`);
    return 1;
  }
  return undefined;
};

/** Code 1 means differences, so that a failure has another one. */
async function changesOf(call: CommandCall): Promise<readonly Change[]> {
  try {
    const { wanted, live, manager } = await openProject(call);
    const extra = call.options.flag('prune') ? leftOver(wanted, live) : [];
    return [...(await plan(manager, wanted, live)), ...extra];
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.failure) {
      throw error;
    }
    const { message, code, hint } = error;
    throw new CliError(message, {
      code,
      exitCode: EXIT.usage,
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}
