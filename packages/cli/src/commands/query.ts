import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';

import { openManager } from '../manager/manager-client.ts';
import { refusal } from '../manager/http-call.ts';
import { serverEvents } from '../manager/server-events.ts';
import { yamlText } from '../output/yaml-text.ts';
import { CliError, EXIT, usageError } from '../run/cli-error.ts';
import type { CommandCall, RunCommand } from '../run/command-call.ts';
import { fileText } from './file-text.ts';

export const run: RunCommand = async (call) => {
  const [gateway = ''] = call.args;
  const { stdout } = call.around;
  const body = await requestBody(call);
  const { target, http } = await openManager(call);
  const request = {
    method: 'POST' as const,
    url: `${target.gatewayUrl(gateway)}/graphql`,
    whom: `gateway ${gateway}`,
    body,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
  };
  const response = await http.sendAny(request);
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    for await (const { name, data } of serverEvents(response)) {
      if (name === 'next') {
        stdout.write(`${data}\n`);
      }
      if (name === 'complete') {
        return undefined;
      }
    }
    throw new CliError('Expected the subscription to go on, found that its stream broke off.', {
      code: 'STREAM_ENDED',
      hint: 'Run it again: it goes on with what comes from then on.',
    });
  }
  const copy = response.clone();
  const answer = parsed(await response.text());
  if (answer === undefined || !isGraphqlAnswer(answer)) {
    throw await refusal(copy, request);
  }
  stdout.write(printed(answer, call.options.text('output')));
  return 'errors' in answer ? EXIT.failure : undefined;
};

async function requestBody({ args, options, around }: CommandCall): Promise<string> {
  const [, operation] = args;
  const file = options.text('file');
  if ((operation === undefined) === (file === undefined)) {
    throw usageError(
      `Expected the operation as an argument or with -f, found ${file === undefined ? 'neither' : 'both'}.`,
      "Write it as: quick query shop '{ products { id } }'",
    );
  }
  const variables = options.text('variables') ?? '{}';
  const isObject = typeof parsed(variables) === 'object' && variables.trim().startsWith('{');
  if (!isObject) {
    throw usageError(`Expected --variables as a JSON object, found "${variables}".`);
  }
  const query = operation ?? (await fileText(file ?? '-', around));
  const name = options.text('operation');
  const operationName = name === undefined ? '' : `,"operationName":${JSON.stringify(name)}`;
  // The variables as they were written: their digits must not pass through a JS number.
  return `{"query":${JSON.stringify(query)},"variables":${variables}${operationName}}`;
}

function isGraphqlAnswer(answer: unknown): answer is object {
  return typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer);
}

function parsed(text: string): unknown {
  try {
    return parseSpelledJson(text);
  } catch {
    return undefined;
  }
}

function printed(answer: object, format: string | undefined): string {
  if (format === 'jsonl') {
    return `${JSON.stringify(answer)}\n`;
  }
  return format === 'yaml' ? yamlText(answer) : `${JSON.stringify(answer, undefined, 2)}\n`;
}
