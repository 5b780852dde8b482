import { listPath, PAGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { z } from 'zod';

import type { RunCommand } from '../../grammar/command-call.ts';
import { openManager, type ManagerClient } from '../../manager/manager-client.ts';
import { CliError } from '../../output/cli-error.ts';
import { printList } from '../../output/print.ts';
import { readMirror } from './lookup.ts';

const record = z.object({ key: z.unknown(), value: z.unknown() });
const page = z.object({ items: z.array(record), next: z.string().nullable() });
type TopicRecord = z.infer<typeof record>;

const ROWS = 100;

export const run: RunCommand = async (call) => {
  const [topic = ''] = call.args;
  const limit = Number(call.options.text('limit') ?? ROWS);
  const { records, isWhole } = await latestOf(await openManager(call), topic, limit);
  printList(call.output, records, {
    defaultFormat: 'table',
    nameOf: ({ key }) => textOf(key),
    fields: [
      { header: 'KEY', text: 'Key', read: ({ key }) => textOf(key) },
      {
        header: 'VALUE',
        text: 'Latest value, as JSON',
        read: ({ value }) => JSON.stringify(value),
      },
    ],
  });
  if (!isWhole) {
    call.around.stderr.write(`There are more keys. To see them, add: --limit ${limit * 10}\n`);
  }
  return undefined;
};

async function latestOf(
  manager: ManagerClient,
  topic: string,
  limit: number,
): Promise<{ readonly records: readonly TopicRecord[]; readonly isWhole: boolean }> {
  const records: TopicRecord[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      limit: String(Math.min(PAGE_ITEMS_MAX, limit - records.length)),
      ...(cursor === null ? {} : { cursor }),
    });
    const text = await readMirror(manager, `${listPath(topic)}?${query.toString()}`);
    const result = page.safeParse(parseSpelledJson(text)).data;
    if (result === undefined) {
      throw new CliError('The answer of the mirror is invalid.', {
        code: 'UNUSABLE_ANSWER',
        hint: 'The address may belong to another program. To check it, run: quick doctor',
      });
    }
    records.push(...result.items);
    cursor = result.next;
  } while (cursor !== null && records.length < limit);
  return { records, isWhole: cursor === null };
}

function textOf(key: unknown): string {
  return typeof key === 'string' ? key : JSON.stringify(key);
}
