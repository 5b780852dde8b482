import { z } from 'zod';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { withMissingSentence } from './failure-sentence.ts';

const answer = z.object({ schema: z.string() });

export const run: RunCommand = async (call) => {
  const [name = '', type = ''] = call.args;
  const manager = await openManager(call);
  const format = call.options.flag('avro') ? 'avro' : 'graphql';
  const path = `/gateway/${encodeURIComponent(name)}/schema/${encodeURIComponent(type)}/${format}`;
  const schema = await withMissingSentence(
    `There is no gateway ${name} created. Please create one using\n\t $ quick gateway create <NAME>`,
    manager.read(path),
  );
  call.around.stdout.write(`${answer.parse(schema).schema}\n`);
  return undefined;
};
