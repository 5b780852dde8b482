import { DEFINITIONS, RESOURCE_KINDS } from '@quicksilver/resources/kinds';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { linesOf } from '../../manager/server-events.ts';
import { usageError } from '../../output/cli-error.ts';
import { listOf, oneResource } from '../kinds.ts';

export const run: RunCommand = async (call) => {
  const { kind, name } = oneResource(call.args);
  const { options, around } = call;
  const { hasLogs, hasRecords } = DEFINITIONS[kind];
  if (!hasLogs) {
    throw usageError(
      `Expected ${listOf(RESOURCE_KINDS.filter((each) => DEFINITIONS[each].hasLogs))}, found ${kind}, which has no logs.`,
      hasRecords ? `For its records, run: quick tail ${name}` : undefined,
    );
  }
  const manager = await openManager(call);
  const query = new URLSearchParams({
    replica: options.text('replica') ?? '0',
    lines: options.text('lines') ?? '100',
    follow: String(options.flag('follow')),
  });
  const path = `/logs/${kind}/${encodeURIComponent(name)}?${query.toString()}`;
  const response = await manager.call(path, { headers: { accept: 'text/plain' } });
  for await (const line of linesOf(response)) {
    around.stdout.write(`${line}\n`);
  }
  return undefined;
};
