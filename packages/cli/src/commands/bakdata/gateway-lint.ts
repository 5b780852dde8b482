import { resolve } from 'node:path';

import { restRefusal } from '@quicksilver/common/config/rest-hosts';
import { bindingState, fieldOf, problemOfBinding } from '@quicksilver/definition/binding-state';
import { DefinitionError, type DefinitionProblem } from '@quicksilver/definition/definition-error';
import { isRanged } from '@quicksilver/definition/range-fit';
import { parseDefinition, type Definition } from '@quicksilver/definition/parse-definition';
import type { RefuseRest } from '@quicksilver/definition/rest-binding';
import { untoldWarning } from '@quicksilver/definition/untold-types';
import { unusedArguments } from '@quicksilver/definition/unused-arguments';

import { printDocumentMistakes } from '../../project/document-mistakes.ts';
import { readDocuments } from '../../project/read-documents.ts';
import { mistakesAt, printMistakes } from '../../project/source-text.ts';
import { CliError } from '../../output/cli-error.ts';
import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { fileText } from '../file-text.ts';
import { readLintTarget, type LintTarget } from './lint-target.ts';

export const run: RunCommand = async (call) => {
  const { options, around } = call;
  const file = options.text('file') ?? '-';
  const text = await fileText(file, around);
  const isLive =
    options.flag('live') || options.text('context') !== undefined || options.list('X').length > 0;
  const target = isLive ? await readLintTarget(call) : undefined;
  const hosts = target?.restHosts;
  const definition = definitionOf(file, text, (url) => hosts && restRefusal(hosts, url));
  const documents = await checkDocuments(call, definition);
  compareTopics(call, { file, text, definition, target });
  for (const { line, column, message } of unusedArguments(definition)) {
    around.stderr.write(`Warning: ${file}:${line}:${column}: ${message}\n`);
  }
  for (const what of unchecked(definition, target)) {
    around.stderr.write(`Not checked: ${what}.\n`);
  }
  const found = [
    `${definition.bindings.length} fields with @topic`,
    ...(documents === undefined ? [] : [`${documents} trusted documents that fit`]),
    ...(target === undefined ? [] : ['compared with the topics of the deployment']),
  ];
  around.stdout.write(`${file}: no errors; ${found.join(', ')}\n`);
  return undefined;
};

/** Throws `CliError` with every problem at its place in the text. */
function definitionOf(file: string, text: string, refuseRest: RefuseRest): Definition {
  try {
    return parseDefinition(text, { refuseRest });
  } catch (error) {
    if (error instanceof DefinitionError) {
      throw invalid(printMistakes(text, mistakesAt(file, text, error.problems)));
    }
    throw error;
  }
}

/** How many there are, where a folder was named. Throws `CliError` with all that do not fit. */
async function checkDocuments(
  { options, around: { cwd } }: CommandCall,
  { schema }: Definition,
): Promise<number | undefined> {
  const folder = options.text('documents');
  if (folder === undefined) {
    return undefined;
  }
  const read = await readDocuments(resolve(cwd, folder), cwd);
  if (typeof read === 'string') {
    throw new CliError(`Expected trusted documents, but ${read}`, { code: 'DOCUMENTS_UNREADABLE' });
  }
  const mistakes = printDocumentMistakes(schema, read);
  if (mistakes.length > 0) {
    throw new CliError(mistakes.join('\n'), { code: 'INVALID_DOCUMENTS' });
  }
  return Object.keys(read.texts).length;
}

interface Linted {
  readonly file: string;
  readonly text: string;
  readonly definition: Definition;
  readonly target: LintTarget | undefined;
}

/** Warns of topics that are not there yet; throws `CliError` with all that do not fit. */
function compareTopics({ around }: CommandCall, { file, text, definition, target }: Linted): void {
  if (target === undefined) {
    return;
  }
  const wrong: DefinitionProblem[] = [];
  for (const binding of definition.bindings) {
    const topic = target.topics.get(binding.topic);
    const found = bindingState(binding, topic);
    const untold = untoldWarning(binding, topic);
    if (found.state === 'invalid') {
      wrong.push(problemOfBinding(definition.schema, binding, found.reason));
    } else if (found.state === 'pending') {
      around.stderr.write(
        `Warning: topic ${binding.topic} does not exist yet: ${fieldOf(binding)} cannot be answered until it is created.\n`,
      );
    } else if (untold !== undefined) {
      around.stderr.write(`Warning: ${untold}\n`);
    }
  }
  if (wrong.length > 0) {
    const mistakes = printMistakes(text, mistakesAt(file, text, wrong));
    throw invalid(`${file} does not fit the topics of the deployment:\n${mistakes}`);
  }
}

/** What only a deployment could tell, or this one does not. */
function unchecked({ bindings, rests }: Definition, target: LintTarget | undefined): string[] {
  const HOSTS = 'whether @rest may fetch from its hosts';
  if (target === undefined) {
    const what = [
      ...(bindings.length === 0
        ? []
        : ['whether its topics exist, and their keys, values and ranges fit']),
      ...(rests.length === 0 ? [] : [HOSTS]),
    ];
    return what.length === 0
      ? []
      : [`${what.join(', and ')}. Compare with a deployment: --live, or --context <name>`];
  }
  const ranges = bindings.filter((binding) => {
    const topic = target.topics.get(binding.topic);
    return isRanged(binding) && topic !== undefined && topic.range === undefined;
  });
  return [
    ...ranges.map((each) => `the range of ${fieldOf(each)}: topic ${each.topic} has no mirror`),
    ...(rests.length > 0 && target.restHosts === undefined
      ? [`${HOSTS}, which this manager does not tell`]
      : []),
  ];
}

function invalid(message: string): CliError {
  return new CliError(message, { code: 'INVALID_SCHEMA' });
}
