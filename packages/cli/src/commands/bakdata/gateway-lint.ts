import { resolve } from 'node:path';

import { restRefusal } from '@quicksilver/common/config/rest-hosts';
import { bindingState, fieldOf, problemOfBinding } from '@quicksilver/definition/binding-state';
import { DefinitionError, type DefinitionProblem } from '@quicksilver/definition/definition-error';
import { isRanged } from '@quicksilver/definition/range-fit';
import { parseDefinition, type Definition } from '@quicksilver/definition/parse-definition';
import type { RefuseRest } from '@quicksilver/definition/rest-binding';
import { ambiguityWarning } from '@quicksilver/definition/ambiguous-types';
import { unusedArguments } from '@quicksilver/definition/unused-arguments';

import type { CommandCall, RunCommand } from '../../grammar/command-call.ts';
import { CliError } from '../../output/cli-error.ts';
import { printDocumentMistakes } from '../../project/document-mistakes.ts';
import { readDocuments } from '../../project/read-documents.ts';
import { mistakesAt, printMistakes } from '../../project/source-text.ts';
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
  for (const check of skippedChecks(definition, target)) {
    around.stderr.write(`Not checked: ${check}.\n`);
  }
  const summary = [
    `${definition.bindings.length} fields with @topic`,
    ...(documents === undefined ? [] : [`${documents} valid trusted documents`]),
    ...(target === undefined ? [] : ['compared with the topics of the deployment']),
  ];
  around.stdout.write(`${file}: no errors; ${summary.join(', ')}\n`);
  return undefined;
};

/** Throws `CliError` with all problems and their positions. */
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

/** Returns the number of trusted documents. Throws `CliError` if any is invalid. */
async function checkDocuments(
  { options, around: { cwd } }: CommandCall,
  { schema }: Definition,
): Promise<number | undefined> {
  const option = options.text('documents');
  if (option === undefined) {
    return undefined;
  }
  const path = resolve(cwd, option);
  const folder = await readDocuments(path, cwd);
  if (typeof folder === 'string') {
    throw new CliError(`The trusted documents in ${path} cannot be used: ${folder}`, {
      code: 'DOCUMENTS_UNREADABLE',
    });
  }
  const mistakes = printDocumentMistakes(schema, folder);
  if (mistakes.length > 0) {
    throw new CliError(mistakes.join('\n'), { code: 'INVALID_DOCUMENTS' });
  }
  return Object.keys(folder.texts).length;
}

interface LintSource {
  readonly file: string;
  readonly text: string;
  readonly definition: Definition;
  readonly target: LintTarget | undefined;
}

/** Warns of missing topics. Throws `CliError` with all fields that do not fit their topics. */
function compareTopics(
  { around }: CommandCall,
  { file, text, definition, target }: LintSource,
): void {
  if (target === undefined) {
    return;
  }
  const problems: DefinitionProblem[] = [];
  for (const binding of definition.bindings) {
    const topic = target.topics.get(binding.topic);
    const outcome = bindingState(binding, topic);
    const warning = ambiguityWarning(binding, topic);
    if (outcome.state === 'invalid') {
      problems.push(problemOfBinding(definition.schema, binding, outcome.reason));
    } else if (outcome.state === 'pending') {
      around.stderr.write(
        `Warning: topic ${binding.topic} does not exist yet: ${fieldOf(binding)} fails until it is created.\n`,
      );
    } else if (warning !== undefined) {
      around.stderr.write(`Warning: ${warning}\n`);
    }
  }
  if (problems.length > 0) {
    const mistakes = printMistakes(text, mistakesAt(file, text, problems));
    throw invalid(`${file} does not fit the topics of the deployment:\n${mistakes}`);
  }
}

/** The checks that need a deployment, or facts that this deployment does not report. */
function skippedChecks({ bindings, rests }: Definition, target: LintTarget | undefined): string[] {
  const HOSTS = 'whether @rest may fetch from its hosts';
  if (target === undefined) {
    const checks = [
      ...(bindings.length === 0
        ? []
        : ['whether its topics exist, and whether keys, values and ranges fit']),
      ...(rests.length === 0 ? [] : [HOSTS]),
    ];
    return checks.length === 0
      ? []
      : [`${checks.join(', and ')}. To compare with a deployment, use --live or --context <name>`];
  }
  const ranges = bindings.filter((binding) => {
    const topic = target.topics.get(binding.topic);
    return isRanged(binding) && topic !== undefined && topic.range === undefined;
  });
  return [
    ...ranges.map((each) => `the range of ${fieldOf(each)}: topic ${each.topic} has no mirror`),
    ...(rests.length > 0 && target.restHosts === undefined
      ? [`${HOSTS}, because this manager does not report them`]
      : []),
  ];
}

function invalid(message: string): CliError {
  return new CliError(message, { code: 'INVALID_SCHEMA' });
}
