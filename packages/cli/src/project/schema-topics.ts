import { problemOfBinding, typeMismatch } from '@quicksilver/definition/binding-state';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { DefinitionError } from '@quicksilver/definition/definition-error';
import { parseDefinition, type Definition } from '@quicksilver/definition/parse-definition';
import { GraphQLError, Kind, parse, visit, type DocumentNode } from 'graphql';

import { didYouMean } from '../output/suggest.ts';
import { printDocumentMistakes } from './document-mistakes.ts';
import type { LoadedProject } from './load-project.ts';
import { projectError } from './parse-project.ts';
import type { ProjectTopic } from './project-schema.ts';
import { mistakeAt } from './project-mistakes.ts';
import { mistakesAt, printMistakes, type Mistake } from './source-text.ts';

/**
 * Checks the schemas and documents of a project for invalid schemas, missing topics, missing types
 * and documents that do not fit. Throws `CliError` with all mistakes. The manager would accept some
 * of these, and rejects the others without naming the file.
 */
export function checkSchemas(
  { project, source, schemas, documents }: LoadedProject,
  liveTopics: readonly string[],
): void {
  const topics = [...Object.keys(project.topics ?? {}), ...liveTopics];
  const texts: string[] = [];
  const types = new Map<string, readonly string[]>();
  for (const [gateway, { file, text }] of schemas) {
    const syntax = parseSchema(file, text);
    if ('mistake' in syntax) {
      texts.push(printMistakes(text, [syntax.mistake]));
      continue;
    }
    types.set(gateway, typeNames(syntax.document));
    const definition = definitionOf(file, text);
    const mistakes = [
      ...('schema' in definition ? misfits(file, text, definition, project.topics) : definition),
      ...missingTopics(file, syntax.document, topics),
    ];
    if (mistakes.length > 0) {
      texts.push(printMistakes(text, mistakes));
    }
    const folder = documents.get(gateway);
    if ('schema' in definition && folder !== undefined) {
      texts.push(...printDocumentMistakes(definition.schema, folder));
    }
  }
  for (const [topic, { schema }] of Object.entries(project.topics ?? {})) {
    const [gateway = '', type = ''] = schema?.split('.') ?? [];
    const known = types.get(gateway);
    if (known !== undefined && !known.includes(type)) {
      const message = `topics.${topic}.schema: expected a type of the schema of gateway ${gateway}, found "${type}".${didYouMean(type, known)}`;
      const mistake = source && mistakeAt(source, [['topics', topic, 'schema']], message);
      texts.push(source && mistake ? printMistakes(source.text, [mistake]) : message);
    }
  }
  if (texts.length > 0) {
    throw projectError(texts.join('\n'));
  }
}

function parseSchema(
  file: string,
  text: string,
): { readonly document: DocumentNode } | { readonly mistake: Mistake } {
  try {
    return { document: parse(text) };
  } catch (error) {
    if (!(error instanceof GraphQLError)) {
      throw error;
    }
    const start = error.positions?.[0] ?? 0;
    return { mistake: { file, start, end: start + 1, message: error.message } };
  }
}

/** The definition of a schema, or all its mistakes. */
function definitionOf(file: string, text: string): Definition | readonly Mistake[] {
  try {
    return parseDefinition(text);
  } catch (error) {
    if (!(error instanceof DefinitionError)) {
      throw error;
    }
    return mistakesAt(file, text, error.problems);
  }
}

/** Fields whose keys or values have other types than their topics in the project. */
function misfits(
  file: string,
  text: string,
  { schema, bindings }: Definition,
  topics: LoadedProject['project']['topics'] = {},
): readonly Mistake[] {
  const problems = bindings.flatMap((binding) => {
    const topic = Object.hasOwn(topics, binding.topic) ? topics[binding.topic] : undefined;
    const reason = topic && typeMismatch(binding, typesOf(binding.topic, topic));
    return reason === undefined ? [] : [problemOfBinding(schema, binding, reason)];
  });
  return mistakesAt(file, text, problems);
}

const TYPES = {
  string: 'STRING',
  int: 'INTEGER',
  integer: 'INTEGER',
  long: 'LONG',
  double: 'DOUBLE',
  json: 'JSON',
  avro: 'AVRO',
  // Ingest checks such values for each record.
  schema: undefined,
} as const satisfies Readonly<Record<ProjectTopic['value'], KeyedTopic['valueType']>>;

function typesOf(name: string, { key, value }: ProjectTopic): KeyedTopic {
  return { name, keyType: TYPES[key], valueType: TYPES[value] };
}

function typeNames(document: DocumentNode): readonly string[] {
  return document.definitions.flatMap((each) =>
    each.kind === Kind.OBJECT_TYPE_DEFINITION ? [each.name.value] : [],
  );
}

function missingTopics(
  file: string,
  document: DocumentNode,
  topics: readonly string[],
): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  visit(document, {
    Directive(node) {
      const name = node.arguments?.find((argument) => argument.name.value === 'name')?.value;
      if (
        node.name.value !== 'topic' ||
        name?.kind !== Kind.STRING ||
        topics.includes(name.value)
      ) {
        return;
      }
      const { start = 0, end = 0 } = name.loc ?? {};
      const message = `expected a topic of the project or of the deployment, found "${name.value}".${didYouMean(name.value, topics)}`;
      mistakes.push({ file, start, end, message });
    },
  });
  return mistakes;
}
