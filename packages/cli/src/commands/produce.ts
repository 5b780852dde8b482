import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { z } from 'zod';

import { openManager, type ManagerClient } from '../manager/manager-client.ts';
import { linesOf } from '../manager/server-events.ts';
import { CliError, EXIT, usageError } from '../run/cli-error.ts';
import type { CommandCall, RunCommand } from '../run/command-call.ts';

/** Digits of an offset stay text: `parseSpelledJson` is only for what is looked at. */
const outcome = z.looseObject({ outcome: z.string(), detail: z.string().optional() });

export const run: RunCommand = async (call) => {
  const [topic = ''] = call.args;
  const { options } = call;
  const manager = await openManager(call);
  const key = options.text('key');
  const file = options.text('file');
  if ((key === undefined) === (file === undefined)) {
    throw usageError(
      `Expected --key for one record or -f for many, found ${file === undefined ? 'neither' : 'both'}.`,
      "See 'quick produce --help' for examples.",
    );
  }
  return file === undefined
    ? await writeOne(call, manager, topic, key ?? '')
    : await writeLines(call, manager, topic, file);
};

async function writeOne(
  call: CommandCall,
  manager: ManagerClient,
  topic: string,
  key: string,
): Promise<number | undefined> {
  const { options, around } = call;
  const value = options.text('value');
  if ((value === undefined) !== options.flag('delete')) {
    throw usageError(
      'Expected either --value or --delete with --key.',
      `Write it as: quick produce ${topic} -k 1 --value '{"id":1}'`,
    );
  }
  const { keyType, valueType } = await manager.describe('topic', topic);
  const keyJson = toJson('key', key, keyType);
  const url = `${manager.target.ingestUrl}/${encodeURIComponent(topic)}`;
  const request = { url, whom: 'ingest', headers: { 'content-type': 'application/json' } };
  const response = await manager.http.send(
    value === undefined
      ? { ...request, method: 'DELETE', body: `[${keyJson}]` }
      : {
          ...request,
          method: 'POST',
          body: `{"key":${keyJson},"value":${toJson('value', value, valueType)}}`,
        },
  );
  report(await response.text(), topic, options.text('output') ?? 'table', around.stdout);
  return undefined;
}

async function writeLines(
  { options, around }: CommandCall,
  manager: ManagerClient,
  topic: string,
  file: string,
): Promise<number | undefined> {
  const input = file === '-' ? around.stdin : createReadStream(resolve(around.cwd, file));
  const response = await manager.http.send({
    method: 'POST',
    url: `${manager.target.ingestUrl}/${encodeURIComponent(topic)}`,
    whom: 'ingest',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines(input),
  });
  let written = 0;
  let failed = 0;
  for await (const line of linesOf(response)) {
    if (line === '') {
      continue;
    }
    const read = outcome.safeParse(parseSpelledJson(line)).data;
    if (read?.outcome === 'ok') {
      written += 1;
    } else {
      failed += 1;
      around.stderr.write(`${line}\n`);
    }
    if (options.text('output') !== undefined && options.text('output') !== 'table') {
      around.stdout.write(`${line}\n`);
    }
  }
  around.stderr.write(`${written} records written to topic/${topic}, ${failed} failed.\n`);
  return failed > 0 ? EXIT.failure : undefined;
}

async function* lines(input: NodeJS.ReadableStream): AsyncIterable<string> {
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      yield `${line}\n`;
    }
  } catch (cause) {
    throw new CliError('Expected a file with one record per line, which cannot be read.', {
      code: 'FILE_UNREADABLE',
      cause,
    });
  }
}

/** A text is a text of a topic of strings; of every other one it is JSON, and its digits are kept. */
function toJson(what: string, text: string, type: unknown): string {
  if (String(type).toUpperCase() === 'STRING') {
    return JSON.stringify(text);
  }
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw usageError(
      `Expected the ${what} as JSON for a topic with ${what}s of type ${String(type)}, found "${text}".`,
      `Strings in JSON have quotes: '"${text}"'`,
    );
  }
}

const position = z.looseObject({ topic: z.string(), partition: z.number(), offset: z.unknown() });

function report(
  text: string,
  topic: string,
  format: string,
  stdout: { write(text: string): unknown },
): void {
  if (format !== 'table') {
    stdout.write(`${text.trim()}\n`);
    return;
  }
  const answer: unknown = parseSpelledJson(text);
  const result = z.object({ results: z.array(z.unknown()).min(1) }).safeParse(answer).data;
  const read = position.safeParse(result === undefined ? answer : result.results[0]).data;
  const where =
    read === undefined
      ? ''
      : ` partition ${read.partition} offset ${JSON.stringify(read.offset).replaceAll('"', '')}`;
  stdout.write(`topic/${topic}${where}\n`);
}
