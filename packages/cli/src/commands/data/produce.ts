import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';
import { z } from 'zod';

import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { openManager, type ManagerClient } from '../../manager/manager-client.ts';
import { linesOf } from '../../manager/server-events.ts';
import { CliError, EXIT, usageError } from '../../output/cli-error.ts';
import type { Output } from '../../output/print.ts';

const NUMBER_EXAMPLES: Readonly<Record<string, string>> = {
  INTEGER: '42',
  LONG: '42',
  DOUBLE: '1.5',
  SHORT: '42',
  FLOAT: '1.5',
};

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
      "For examples, see 'quick produce --help'.",
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
  const { options, output } = call;
  const value = options.text('value');
  if ((value === undefined) !== options.flag('delete')) {
    throw usageError(
      'Expected either --value or --delete with --key.',
      `For example: quick produce ${topic} -k 1 --value '{"id":1}'`,
    );
  }
  const { keyType, keyForm, valueType } = await manager.describe('topic', topic);
  // Of a key with a schema in the schema registry.
  const form = z.object({ keyType: z.string() }).safeParse(keyForm).data;
  const keyJson = toJson('key', key, form?.keyType ?? keyType);
  const url = `${manager.target.ingestUrl}/${encodeURIComponent(topic)}`;
  const request = { url, server: 'ingest', headers: { 'content-type': 'application/json' } };
  const response = await manager.http.send(
    value === undefined
      ? { ...request, method: 'DELETE', body: `[${keyJson}]` }
      : {
          ...request,
          method: 'POST',
          body: `{"key":${keyJson},"value":${toJson('value', value, valueType)}}`,
        },
  );
  printPosition(await response.text(), topic, output);
  return undefined;
}

async function writeLines(
  { output, around }: CommandCall,
  manager: ManagerClient,
  topic: string,
  file: string,
): Promise<number | undefined> {
  const input = file === '-' ? around.stdin : createReadStream(resolve(around.cwd, file));
  const response = await manager.http.send({
    method: 'POST',
    url: `${manager.target.ingestUrl}/${encodeURIComponent(topic)}`,
    server: 'ingest',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines(input),
  });
  let written = 0;
  let failed = 0;
  for await (const line of linesOf(response)) {
    if (line === '') {
      continue;
    }
    const result = outcome.safeParse(parseSpelledJson(line)).data;
    if (result?.outcome === 'ok') {
      written += 1;
    } else {
      failed += 1;
      around.stderr.write(`${line}\n`);
    }
    if (output.format !== undefined && output.format !== 'table') {
      output.stdout.write(`${line}\n`);
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
    throw new CliError('The file with the records cannot be read.', {
      code: 'FILE_UNREADABLE',
      hint: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Types whose JSON is always a string, so that its quotes can be left out. */
const TEXTS: ReadonlySet<string> = new Set(['STRING', 'BYTES', 'UUID']);

/** For a topic of strings, quotes the text. For other types, checks it and keeps its digits. */
function toJson(part: 'key' | 'value', text: string, type: unknown): string {
  if (TEXTS.has(String(type).toUpperCase())) {
    return JSON.stringify(text);
  }
  try {
    JSON.parse(text);
    return text;
  } catch {
    const numbers = NUMBER_EXAMPLES[String(type).toUpperCase()];
    throw usageError(
      `Expected a ${part} as JSON, since the topic has ${part}s of type ${String(type)}; found "${text}".`,
      numbers === undefined
        ? `A string in JSON has quotes: '"${text}"'`
        : `Write a number, such as ${numbers}.`,
    );
  }
}

const position = z.looseObject({ topic: z.string(), partition: z.number(), offset: z.unknown() });

function printPosition(text: string, topic: string, { format = 'table', stdout }: Output): void {
  if (format !== 'table') {
    stdout.write(`${text.trim()}\n`);
    return;
  }
  const answer: unknown = parseSpelledJson(text);
  const result = z.object({ results: z.array(z.unknown()).min(1) }).safeParse(answer).data;
  const record = position.safeParse(result === undefined ? answer : result.results[0]).data;
  const suffix =
    record === undefined
      ? ''
      : ` partition ${record.partition} offset ${JSON.stringify(record.offset).replaceAll('"', '')}`;
  stdout.write(`topic/${topic}${suffix}\n`);
}
