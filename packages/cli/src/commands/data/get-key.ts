import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { yamlText } from '../../output/yaml-text.ts';
import { readValue } from './lookup.ts';

export const run: RunCommand = async (call) => {
  const [topic = '', key = ''] = call.args;
  const { format = 'json', stdout } = call.output;
  const value = await readValue(await openManager(call), topic, key);
  if (format === 'yaml') {
    stdout.write(yamlText(value));
  } else {
    stdout.write(`${JSON.stringify(value, undefined, format === 'json' ? 2 : undefined)}\n`);
  }
  return undefined;
};
