import { openManager } from '../../manager/manager-client.ts';
import { memberText } from '../resource-fields.ts';
import { printOne } from '../../output/print.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { sayingOnFailure } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  const found = await sayingOnFailure(
    `There is no topic ${name} registered. Please create one: \n\t $ using quick topic create <NAME> -k <TYPE> -v <TYPE>`,
    manager.describe('topic', name),
  );
  const { schema } = found;
  const lines = [
    `Name: ${found.name}`,
    `Key Type: ${memberText(found, 'keyType')}`,
    `Value Type: ${memberText(found, 'valueType')}`,
    `Write Type: ${memberText(found, 'writeType')}`,
    ...(typeof schema === 'string' ? [`Schema:\n${schema}`] : []),
  ];
  printOne(call, found, { name, plain: `${lines.join('\n')}\n` });
  return undefined;
};
