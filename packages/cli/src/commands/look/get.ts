import { RESOURCE_KINDS } from '@quicksilver/common/control/resource';
import { z } from 'zod';

import { openManager, type ManagerClient } from '../../manager/manager-client.ts';
import { serverEvents } from '../../manager/server-events.ts';
import { FIELDS } from '../resource-fields.ts';
import { printList, type Field } from '../../output/print.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { didYouMean } from '../../output/suggest.ts';
import { kindAndName, labelOf } from '../kinds.ts';

const event = z.looseObject({
  kind: z.enum(RESOURCE_KINDS),
  name: z.string(),
  state: z.string(),
  reason: z.string().optional(),
});
type Event = z.infer<typeof event>;
/** What is told of a thing that is gone. */
const removed = z
  .object({ kind: z.enum(RESOURCE_KINDS), name: z.string() })
  .transform((gone): Event => ({ ...gone, state: 'Removed' }));

const EVENT_FIELDS: readonly Field<Event>[] = [
  { header: 'NAME', text: 'Kind and name', read: ({ kind, name }) => labelOf(kind, name) },
  { header: 'STATE', text: 'What became of it', read: ({ state }) => state },
  { header: 'REASON', text: 'What is missing or wrong', read: ({ reason }) => reason ?? '-' },
];

export const run: RunCommand = async (call) => {
  const [word = 'all'] = call.args;
  const { kind, name } =
    word === 'all' ? { kind: undefined, name: undefined } : kindAndName(call.args);
  const manager = await openManager(call);
  if (call.options.flag('watch')) {
    await watch(
      call,
      manager,
      (each) =>
        (kind === undefined || each.kind === kind) && (name === undefined || each.name === name),
    );
    return EXIT.interrupted;
  }
  if (kind === undefined) {
    const { resources } = await manager.overview();
    const events = resources.map(({ kind, name, status }) => ({
      kind,
      name,
      state: status?.state ?? '-',
      ...(status?.reason === undefined ? {} : { reason: status.reason }),
    }));
    printList(call, events, listing);
    return undefined;
  }
  const all = await manager.list(kind);
  const items = name === undefined ? all : all.filter((each) => each.name === name);
  if (name !== undefined && items.length === 0) {
    throw new CliError(
      `Expected ${labelOf(kind, name)}, found none of this name.${didYouMean(
        name,
        all.map((each) => each.name),
      )}`,
      { code: 'NOT_FOUND', exitCode: EXIT.notFound, hint: `List them with: quick get ${kind}` },
    );
  }
  printList(call, items, {
    fields: FIELDS[kind],
    nameOf: (each) => labelOf(kind, each.name),
    format: 'table',
  });
  if (items.length === 0 && call.options.text('output') === undefined) {
    call.around.stderr.write(
      `There is no ${kind} yet. Create one with: quick apply -f quick.yaml\n`,
    );
  }
  return undefined;
};

const listing = {
  fields: EVENT_FIELDS,
  nameOf: ({ kind, name }: Event) => labelOf(kind, name),
  format: 'table',
};

/** Ends with the signal, or by an error where the stream breaks off. */
async function watch(
  call: CommandCall,
  manager: ManagerClient,
  isWanted: (event: Event) => boolean,
): Promise<void> {
  const { stdout, signal } = call.around;
  const format = call.options.text('output') ?? 'table';
  const response = await manager.call('/events', { headers: { accept: 'text/event-stream' } });
  for await (const { name, data } of serverEvents(response)) {
    const told: unknown = JSON.parse(data);
    const read = name === 'removed' ? removed.safeParse(told).data : event.safeParse(told).data;
    if (read === undefined || !isWanted(read)) {
      continue;
    }
    if (format === 'name') {
      stdout.write(`${labelOf(read.kind, read.name)}\n`);
    } else if (format === 'table' || format === 'wide') {
      const cells = [
        labelOf(read.kind, read.name).padEnd(32),
        read.state.padEnd(10),
        read.reason ?? '',
      ];
      stdout.write(`${cells.join('   ').trimEnd()}\n`);
    } else {
      stdout.write(`${JSON.stringify(read)}\n`);
    }
  }
  signal.throwIfAborted();
  throw new CliError(
    'Expected the manager to go on telling changes, found that it ended the stream.',
    {
      code: 'STREAM_ENDED',
      hint: 'It may have been restarted: run the command again.',
    },
  );
}
