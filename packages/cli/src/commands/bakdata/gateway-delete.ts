import { openManager } from '../../manager/manager-client.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { sayingOnFailure } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  await sayingOnFailure(`Could not delete gateway ${name}`, manager.remove('gateway', name, false));
  call.around.stdout.write(`Deleted gateway ${name}\n`);
  return undefined;
};
