import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printOne } from '../../output/print.ts';
import { labelOf } from '../../output/resource-label.ts';
import { oneResource } from '../kinds.ts';

export const run: RunCommand = async (call) => {
  const { kind, name } = oneResource(call.args);
  const manager = await openManager(call);
  const description = await manager.describe(kind, name);
  printOne(call.output, description, { name: labelOf(kind, name), defaultFormat: 'yaml' });
  return undefined;
};
