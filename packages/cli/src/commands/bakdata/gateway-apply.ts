import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { liveBreakingChanges } from '../../project/schema-changes.ts';
import { requireAllowed } from '../allow-breaking.ts';
import { fileText } from '../file-text.ts';
import { withFailureSentence } from './failure-sentence.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { options, around } = call;
  const manager = await openManager(call);
  const schema = await fileText(options.text('file') ?? '-', around);
  const next = { kind: 'gateway' as const, name, body: { schema } };
  const live = await manager.overview();
  requireAllowed(await liveBreakingChanges([next], manager, live), call);
  const path = `/gateway/${encodeURIComponent(name)}/schema`;
  await withFailureSentence(
    `Could not apply schema to gateway: ${name}`,
    manager.call(path, { method: 'POST', json: { schema } }),
  );
  around.stdout.write(`Applied schema to gateway ${name}\n`);
  return undefined;
};
