import { openManager } from '../../manager/manager-client.ts';
import { FIELDS } from '../resource-fields.ts';
import { printList } from '../../output/print.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { sayingOnFailure } from './failure-sentence.ts';

const ON_FAILURE = 'Could not list the mirrors';

/** Names, one per line, as quick-cli prints them; `-o` for more. */
export const run: RunCommand = async (call) => {
  const manager = await openManager(call);
  const items = await sayingOnFailure(ON_FAILURE, manager.list('mirror'));
  printList(call, items, {
    fields: FIELDS.mirror,
    nameOf: ({ name }) => name,
    format: 'name',
  });
  return undefined;
};
