import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  await manager.call(`/keys/${encodeURIComponent(name)}`, { method: 'DELETE' });
  call.around.stderr.write(`key/${name} revoked\n`);
  return undefined;
};
