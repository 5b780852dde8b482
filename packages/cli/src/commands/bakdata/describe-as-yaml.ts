import type { ResourceKind } from '@quicksilver/resources/kinds';
import { stringify } from 'yaml';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printOne } from '../../output/print.ts';

/** Prints all members of one resource as YAML, or in the format of `-o`. */
export function describeAsYaml(kind: ResourceKind): { readonly run: RunCommand } {
  const run: RunCommand = async (call) => {
    const [name = ''] = call.args;
    const description = await (await openManager(call)).describe(kind, name);
    const plain = stringify(description, { lineWidth: 0 });
    printOne(call.output, description, { name, plain });
    return undefined;
  };
  return { run };
}
