import { z } from 'zod';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { printList, type Field } from '../../output/print.ts';

const skippedRecord = z.looseObject({
  partition: z.number(),
  offset: z.string(),
  timestamp: z.number().nullable(),
  reason: z.string(),
  detail: z.string(),
});
type SkippedRecord = z.infer<typeof skippedRecord>;

const answer = z.object({ items: z.array(skippedRecord), unread: z.array(z.number()) });

const FIELDS: readonly Field<SkippedRecord>[] = [
  { header: 'PARTITION', text: 'Partition', read: ({ partition }) => String(partition) },
  { header: 'OFFSET', text: 'Offset', read: ({ offset }) => offset },
  { header: 'TIME', text: 'Time of the record', read: ({ timestamp }) => timeText(timestamp) },
  { header: 'REASON', text: 'Reason', read: ({ reason }) => reason },
  { header: 'DETAIL', text: 'Reason as a sentence', isWide: true, read: ({ detail }) => detail },
];

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const manager = await openManager(call);
  const { items, unread } = await manager.readAs(
    answer,
    `/mirror/${encodeURIComponent(name)}/poison`,
  );
  printList(call.output, items, {
    fields: FIELDS,
    nameOf: ({ partition, offset }) => `${partition}:${offset}`,
    defaultFormat: 'table',
  });
  if (unread.length > 0) {
    call.around.stderr.write(
      `Warning: the list is incomplete, because these replicas do not respond: ${unread.join(', ')}. For their state, run: quick describe mirror ${name}\n`,
    );
  }
  return undefined;
};

/** A dash without a time, and for one that no calendar has. */
function timeText(timestamp: number | null): string {
  const time = new Date(timestamp ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? '-' : time.toISOString();
}
