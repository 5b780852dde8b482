import type { ResourceKind } from '@quicksilver/resources/kinds';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printList } from '../../output/print.ts';
import { fieldsOf } from '../resource-fields.ts';
import { withFailureSentence } from './failure-sentence.ts';

const ON_FAILURE: Readonly<Record<ResourceKind, string>> = {
  topic:
    'There are no topics registered. Please create one using: \n\t $ quick topic create <NAME> -k <TYPE> -v <TYPE>',
  mirror: 'Could not list the mirrors',
  gateway:
    'There are no gateways created. Please create one using:\n\t $ quick gateway create <NAME>',
  application: 'Could not list the applications',
};

/** Prints one name per line, like quick-cli, or the format of `-o`. */
export function listNames(kind: ResourceKind): { readonly run: RunCommand } {
  const run: RunCommand = async (call) => {
    const manager = await openManager(call);
    const items = await withFailureSentence(ON_FAILURE[kind], manager.list(kind));
    printList(call.output, items, {
      fields: fieldsOf(kind),
      nameOf: ({ name }) => name,
      defaultFormat: 'name',
    });
    return undefined;
  };
  return { run };
}
