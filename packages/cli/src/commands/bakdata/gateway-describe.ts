import { openManager } from '../../manager/manager-client.ts';
import { memberText } from '../resource-fields.ts';
import { printOne } from '../../output/print.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { sayingOnFailure } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  const found = await sayingOnFailure(
    `There is no gateway ${name} created. Please create one using\n\t $ quick gateway create <NAME>`,
    manager.describe('gateway', name),
  );
  const lines = [
    `Name: ${found.name}`,
    `Replicas: ${memberText(found, 'replicas')}`,
    `Tag: ${memberText(found, 'tag')}`,
  ];
  printOne(call, found, { name, plain: `${lines.join('\n')}\n` });
  return undefined;
};
