import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printOne } from '../../output/print.ts';
import { memberText } from '../resource-fields.ts';
import { withMissingSentence } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  const topic = await withMissingSentence(
    `There is no topic ${name} registered. Please create one: \n\t $ using quick topic create <NAME> -k <TYPE> -v <TYPE>`,
    manager.describe('topic', name),
  );
  const { schema } = topic;
  const lines = [
    `Name: ${topic.name}`,
    `Key Type: ${memberText(topic, 'keyType')}`,
    `Value Type: ${memberText(topic, 'valueType')}`,
    `Write Type: ${memberText(topic, 'writeType')}`,
    ...(typeof schema === 'string' ? [`Schema:\n${schema}`] : []),
  ];
  printOne(call.output, topic, { name, plain: `${lines.join('\n')}\n` });
  return undefined;
};
