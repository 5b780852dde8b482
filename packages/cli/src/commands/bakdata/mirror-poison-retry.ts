import { z } from 'zod';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';

const answer = z.object({
  partitions: z.array(
    z.looseObject({
      partition: z.number(),
      read: z.number(),
      left: z.number(),
      isFinished: z.boolean(),
    }),
  ),
  unfinished: z.array(z.number()),
});

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  const path = `/mirror/${encodeURIComponent(name)}/poison/retry`;
  const { partitions, unfinished } = await manager.readAs(answer, path, { method: 'POST' });
  const { stdout, stderr } = call.around;
  const sum = (pick: (one: (typeof partitions)[number]) => number): number =>
    partitions.reduce((total, one) => total + pick(one), 0);
  const [read, left] = [sum((one) => one.read), sum((one) => one.left)];
  stdout.write(`Records that are read now: ${read}. Records that still cannot be read: ${left}.\n`);
  if (left > 0) {
    stdout.write(`For the reasons, run: quick mirror poison ${name}\n`);
  }
  const stuck = partitions.filter(({ isFinished }) => !isFinished);
  if (stuck.length > 0) {
    stderr.write(
      `Warning: these partitions could not be read to their ends: ${stuck.map(({ partition }) => partition).join(', ')}. For their state, run: quick describe mirror ${name}\n`,
    );
  }
  if (unfinished.length > 0) {
    stderr.write(
      `Warning: these replicas do not respond, or are still reading: ${unfinished.join(', ')}. For their state, run: quick describe mirror ${name}\n`,
    );
  }
  return undefined;
};
