import { RESOURCE_KINDS, type ResourceKind } from '@quicksilver/resources/kinds';
import { z } from 'zod';

import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { openManager, type ManagerClient } from '../../manager/manager-client.ts';
import { serverEvents } from '../../manager/server-events.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { printList, type Field } from '../../output/print.ts';
import { labelOf } from '../../output/resource-label.ts';
import { didYouMean } from '../../output/suggest.ts';
import { kindAndName } from '../kinds.ts';
import { fieldsOf } from '../resource-fields.ts';

const event = z.looseObject({
  kind: z.enum(RESOURCE_KINDS),
  name: z.string(),
  state: z.string(),
  reason: z.string().optional(),
});
type Event = z.infer<typeof event>;
/** The event of a deleted resource. */
const removed = z
  .object({ kind: z.enum(RESOURCE_KINDS), name: z.string() })
  .transform((resource): Event => ({ ...resource, state: 'Removed' }));

const EVENT_FIELDS: readonly Field<Event>[] = [
  { header: 'NAME', text: 'Kind and name', read: ({ kind, name }) => labelOf(kind, name) },
  { header: 'STATE', text: 'State', read: ({ state }) => state },
  { header: 'REASON', text: 'Reason of the state', read: ({ reason }) => reason ?? '-' },
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
    printList(call.output, events, EVENT_LISTING);
    printWarnings(call, resources);
    return undefined;
  }
  const all = await manager.list(kind);
  const items = name === undefined ? all : all.filter((each) => each.name === name);
  if (name !== undefined && items.length === 0) {
    throw new CliError(
      `There is no ${labelOf(kind, name)}.${didYouMean(
        name,
        all.map((each) => each.name),
      )}`,
      { code: 'NOT_FOUND', exitCode: EXIT.notFound, hint: `For the names, run: quick get ${kind}` },
    );
  }
  printList(call.output, items, {
    fields: fieldsOf(kind),
    nameOf: (each) => labelOf(kind, each.name),
    defaultFormat: 'table',
  });
  printWarnings(
    call,
    items.map((each) => ({ ...each, kind })),
  );
  if (items.length === 0 && call.output.format === undefined) {
    call.around.stderr.write(
      `There is no ${kind} yet. To create one, run: quick apply -f quick.yaml\n`,
    );
  }
  return undefined;
};

const EVENT_LISTING = {
  fields: EVENT_FIELDS,
  nameOf: ({ kind, name }: Event) => labelOf(kind, name),
  defaultFormat: 'table',
};

interface Observed {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly status?: { readonly warnings: readonly string[] } | undefined;
}

/** For people only. Programs find them in the status. */
function printWarnings({ output, around }: CommandCall, resources: readonly Observed[]): void {
  if (!['table', 'wide'].includes(output.format ?? 'table')) {
    return;
  }
  for (const { kind, name, status } of resources) {
    for (const warning of status?.warnings ?? []) {
      around.stderr.write(`Warning: ${labelOf(kind, name)}: ${warning}\n`);
    }
  }
}

/** Prints changes until the signal aborts. Throws `CliError` if the manager closes the stream. */
async function watch(
  call: CommandCall,
  manager: ManagerClient,
  matches: (event: Event) => boolean,
): Promise<void> {
  const { stdout, signal } = call.around;
  const { format = 'table' } = call.output;
  const response = await manager.call('/events', { headers: { accept: 'text/event-stream' } });
  for await (const { name, data } of serverEvents(response)) {
    const schema = name === 'removed' ? removed : event;
    const change = schema.safeParse(JSON.parse(data)).data;
    if (change === undefined || !matches(change)) {
      continue;
    }
    if (format === 'name') {
      stdout.write(`${labelOf(change.kind, change.name)}\n`);
    } else if (format === 'table' || format === 'wide') {
      const cells = [
        labelOf(change.kind, change.name).padEnd(32),
        change.state.padEnd(10),
        change.reason ?? '',
      ];
      stdout.write(`${cells.join('   ').trimEnd()}\n`);
    } else {
      stdout.write(`${JSON.stringify(change)}\n`);
    }
  }
  signal.throwIfAborted();
  throw new CliError('The manager closed the event stream.', {
    code: 'STREAM_ENDED',
    hint: 'The manager may have restarted. Run the command again.',
  });
}
