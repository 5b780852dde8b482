import { parseSpelledJson } from '@quicksilver/common/numbers/parse-json';

import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { errorOf } from '../../manager/http-call.ts';
import { openManager } from '../../manager/manager-client.ts';
import { serverEvents } from '../../manager/server-events.ts';
import { CliError, EXIT, usageError } from '../../output/cli-error.ts';
import { yamlText } from '../../output/yaml-text.ts';
import { fileText } from '../file-text.ts';

export const run: RunCommand = async (call) => {
  const [gateway = ''] = call.args;
  const { format, stdout } = call.output;
  const body = await requestBody(call);
  const { target, http } = await openManager(call);
  const request = {
    method: 'POST' as const,
    url: `${target.gatewayUrl(gateway)}/graphql`,
    server: `gateway ${gateway}`,
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
    throw new CliError(`Gateway ${gateway} closed the stream of the subscription.`, {
      code: 'STREAM_ENDED',
      hint: 'Run the command again. It receives only events from then on.',
    });
  }
  const copy = response.clone();
  const answer = parseOrUndefined(await response.text());
  if (answer === undefined || !isGraphqlAnswer(answer)) {
    throw await errorOf(copy, request);
  }
  stdout.write(printAnswer(answer, format));
  return 'errors' in answer ? EXIT.failure : undefined;
};

async function requestBody({ args, options, around }: CommandCall): Promise<string> {
  const [, operation] = args;
  const file = options.text('file');
  if ((operation === undefined) === (file === undefined)) {
    throw usageError(
      `Expected the operation as an argument or with -f, found ${file === undefined ? 'neither' : 'both'}.`,
      "For example: quick query shop '{ products { id } }'",
    );
  }
  const variables = options.text('variables') ?? '{}';
  const isObject =
    typeof parseOrUndefined(variables) === 'object' && variables.trim().startsWith('{');
  if (!isObject) {
    throw usageError(`Expected --variables as a JSON object, found "${variables}".`);
  }
  const query = operation ?? (await fileText(file ?? '-', around));
  const name = options.text('operation');
  const operationName = name === undefined ? '' : `,"operationName":${JSON.stringify(name)}`;
  // Insert the variables unparsed, because a JavaScript number would change long digits.
  return `{"query":${JSON.stringify(query)},"variables":${variables}${operationName}}`;
}

function isGraphqlAnswer(answer: unknown): answer is object {
  return typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer);
}

function parseOrUndefined(text: string): unknown {
  try {
    return parseSpelledJson(text);
  } catch {
    return undefined;
  }
}

function printAnswer(answer: object, format: string | undefined): string {
  if (format === 'jsonl') {
    return `${JSON.stringify(answer)}\n`;
  }
  return format === 'yaml' ? yamlText(answer) : `${JSON.stringify(answer, undefined, 2)}\n`;
}
