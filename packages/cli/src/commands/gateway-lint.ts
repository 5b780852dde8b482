import { bindingState, fieldOf } from '@quicksilver/definition/binding-state';
import { DefinitionError, type DefinitionProblem } from '@quicksilver/definition/definition-error';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { parseDefinition, type Definition } from '@quicksilver/definition/parse-definition';
import { z } from 'zod';

import { openManager } from '../manager/manager-client.ts';
import { printMistakes } from '../project/source-text.ts';
import { CliError } from '../run/cli-error.ts';
import type { CommandCall, RunCommand } from '../run/command-call.ts';
import { fileText } from './file-text.ts';

const plainType = z.enum(['STRING', 'INTEGER', 'LONG', 'DOUBLE', 'JSON']);
const keyedTopic = z.object({
  name: z.string(),
  keyType: plainType,
  /** Values with a schema are not compared: ingest checks each record. */
  valueType: plainType.optional().catch(undefined),
});

export const run: RunCommand = async (call) => {
  const { options, around } = call;
  const file = options.text('file') ?? '-';
  const text = await fileText(file, around);
  const { bindings } = definitionOf(file, text);
  const isLive =
    options.flag('live') || options.text('context') !== undefined || options.list('X').length > 0;
  const topics = isLive ? await liveTopics(call) : undefined;
  const wrong: string[] = [];
  for (const binding of topics === undefined ? [] : bindings) {
    const found = bindingState(binding, topics?.get(binding.topic));
    if (found.state === 'invalid') {
      wrong.push(found.reason);
    } else if (found.state === 'pending') {
      around.stderr.write(
        `Warning: topic ${binding.topic} does not exist yet: ${fieldOf(binding)} cannot be answered until it is created.\n`,
      );
    }
  }
  if (wrong.length > 0) {
    throw invalid(`${file} does not fit the topics of the deployment:\n${wrong.join('\n')}`);
  }
  const compared = topics === undefined ? '' : ', and their keys fit the topics of the deployment';
  around.stdout.write(`${file}: no errors; ${bindings.length} fields with @topic${compared}\n`);
  return undefined;
};

/** Throws `CliError` with every problem at its place in the text. */
function definitionOf(file: string, text: string): Definition {
  try {
    return parseDefinition(text);
  } catch (error) {
    if (error instanceof DefinitionError) {
      const mistakes = error.problems.map((problem) => {
        const start = offsetOf(text, problem);
        return { file, start, end: start + 1, message: problem.message };
      });
      throw invalid(printMistakes(text, mistakes));
    }
    throw error;
  }
}

function offsetOf(text: string, { line, column }: DefinitionProblem): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, column - 1);
}

function invalid(message: string): CliError {
  return new CliError(message, { code: 'INVALID_SCHEMA' });
}

async function liveTopics(call: CommandCall): Promise<ReadonlyMap<string, KeyedTopic>> {
  const manager = await openManager(call);
  const topics = (await manager.list('topic')).flatMap((each) => {
    const read = keyedTopic.safeParse(each);
    return read.success ? [read.data] : [];
  });
  return new Map(topics.map((topic) => [topic.name, topic]));
}
