import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { usageError } from '../../output/cli-error.ts';
import { createdKey, printKey } from './key-form.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { options } = call;
  const rights = (['read', 'write', 'admin'] as const).filter((right) => options.flag(right));
  if (rights.length === 0) {
    throw usageError('Expected --read, --write or --admin, found none of them.');
  }
  const [gateways, topics] = [options.list('gateway'), options.list('topic')];
  const limits = {
    ...(gateways.length === 0 ? {} : { gateways }),
    ...(topics.length === 0 ? {} : { topics }),
  };
  const manager = await openManager(call);
  const created = await manager.readAs(createdKey, '/keys', {
    method: 'POST',
    json: {
      name,
      grants: rights.map((right) => ({ right, ...limits })),
      scopes: options.list('scope'),
    },
  });
  printKey(call, created);
  return undefined;
};
