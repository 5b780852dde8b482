import type { ResourceKind } from '@quicksilver/resources/kinds';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { withFailureSentence } from './failure-sentence.ts';

/** Deletes one resource without a question, like quick-cli. */
export function deleteResource(kind: ResourceKind): { readonly run: RunCommand } {
  const run: RunCommand = async (call) => {
    const [name = ''] = call.args;
    const manager = await openManager(call);
    await withFailureSentence(
      `Could not delete ${kind} ${name}`,
      manager.remove(kind, name, false),
    );
    call.around.stdout.write(`Deleted ${kind} ${name}\n`);
    return undefined;
  };
  return { run };
}
