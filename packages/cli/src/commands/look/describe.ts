import { openManager } from '../../manager/manager-client.ts';
import { printOne } from '../../output/print.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { labelOf, oneThing } from '../kinds.ts';

export const run: RunCommand = async (call) => {
  const { kind, name } = oneThing(call.args);
  const manager = await openManager(call);
  const found = await manager.describe(kind, name);
  printOne(call, found, { name: labelOf(kind, name), format: 'yaml' });
  return undefined;
};
