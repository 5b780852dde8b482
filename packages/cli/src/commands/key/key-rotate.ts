import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { createdKey, printKey } from './key-form.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const graceSeconds = Number(call.options.text('grace') ?? '3600');
  const manager = await openManager(call);
  const path = `/keys/${encodeURIComponent(name)}/rotate`;
  const json = { graceSeconds };
  printKey(call, await manager.readAs(createdKey, path, { method: 'POST', json }));
  return undefined;
};
