import { z } from 'zod';

import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { openManager, type ManagerClient } from '../../manager/manager-client.ts';
import { queryOf } from '../topics/kafka-topics.ts';

const answer = z.object({
  schema: z.string(),
  skipped: z.array(z.object({ name: z.string(), why: z.string() })),
});

export const run: RunCommand = async (call) => {
  const { args, options, around } = call;
  const manager = await openManager(call);
  const query = queryOf(args, options.text('match'));
  around.stdout.write((await readGeneratedSchema(call, manager, query)).schema);
  return undefined;
};

/** Prints a warning for each topic that the schema leaves out. */
export async function readGeneratedSchema(
  { around }: CommandCall,
  manager: ManagerClient,
  query: URLSearchParams,
): Promise<z.infer<typeof answer>> {
  const generated = await manager.readAs(answer, `/kafka/schema?${query.toString()}`);
  for (const { name, why } of generated.skipped) {
    around.stderr.write(`Warning: topic/${name} is left out. ${why}\n`);
  }
  return generated;
}
