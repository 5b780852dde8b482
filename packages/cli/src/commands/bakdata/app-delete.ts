import { openManager } from '../../manager/manager-client.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { sayingOnFailure } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  await sayingOnFailure(
    `Could not delete application ${name}`,
    manager.remove('application', name, false),
  );
  call.around.stdout.write(`Deleted application ${name}\n`);
  return undefined;
};
