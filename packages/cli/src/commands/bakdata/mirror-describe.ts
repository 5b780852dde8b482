import { stringify } from 'yaml';

import { openManager } from '../../manager/manager-client.ts';
import { printOne } from '../../output/print.ts';
import type { RunCommand } from '../../grammar/command-call.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const found = await (await openManager(call)).describe('mirror', name);
  printOne(call, found, { name, plain: stringify(found, { lineWidth: 0 }) });
  return undefined;
};
