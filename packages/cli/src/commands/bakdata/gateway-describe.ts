import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printOne } from '../../output/print.ts';
import { memberText } from '../resource-fields.ts';
import { withMissingSentence } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  const gateway = await withMissingSentence(
    `There is no gateway ${name} created. Please create one using\n\t $ quick gateway create <NAME>`,
    manager.describe('gateway', name),
  );
  const lines = [
    `Name: ${gateway.name}`,
    `Replicas: ${memberText(gateway, 'replicas')}`,
    `Tag: ${memberText(gateway, 'tag')}`,
  ];
  printOne(call.output, gateway, { name, plain: `${lines.join('\n')}\n` });
  return undefined;
};
