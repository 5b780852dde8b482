import { problemOfBinding, typeMismatch } from '@quicksilver/definition/binding-state';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import { DefinitionError } from '@quicksilver/definition/definition-error';
import { parseDefinition, type Definition } from '@quicksilver/definition/parse-definition';
import type { ManifestProblem } from '@quicksilver/contracts/control/resource';
import { argumentsOf } from '@quicksilver/resources/mirror';
import { rangeOf } from '@quicksilver/resources/range-type';
import { envelopeOf, keyTypeOf, referenceOf, valueTypeOf } from '@quicksilver/resources/topic';
import { GraphQLError, Kind, parse, visit, type DocumentNode } from 'graphql';

import { didYouMean } from '../output/suggest.ts';
import { printDocumentMistakes } from './document-mistakes.ts';
import { originOf, problemsAt, type Origin } from './origin.ts';
import type { ProjectSources } from './read-project.ts';
import { projectError } from './parse-project.ts';
import { mistakesAt, printMistakes, type Mistake } from './source-text.ts';

/**
 * Checks the schemas and documents of a project for invalid schemas, missing topics, missing types
 * and documents that do not fit. Throws `CliError` with all mistakes. The manager would accept some
 * of these, and rejects the others without naming the file.
 */
export function checkSchemas(loaded: ProjectSources, liveTopics: readonly string[]): void {
  const { project, schemas, documents } = loaded;
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
  texts.push(...typeMistakes(loaded, types), ...rangeMistakes(loaded, types));
  if (texts.length > 0) {
    throw projectError(texts.join('\n'));
  }
}

/** Topics with a type that the schema of their gateway does not have. */
function typeMistakes(
  { project, origins }: ProjectSources,
  types: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return Object.entries(project.topics ?? {}).flatMap(([name, topic]) => {
    return (['schema', 'keySchema'] as const).flatMap((member) => {
      const text = topic[member];
      const { gateway = '', type = '' } = text === undefined ? {} : referenceOf(text);
      const known = types.get(gateway);
      if (known === undefined || known.includes(type)) {
        return [];
      }
      const message = `expected a type of the schema of gateway ${gateway}.${didYouMean(type, known)}`;
      return printProblem(originOf(origins, 'topics', name), topic, { path: [member], message });
    });
  });
}

/** Mirrors with a range or a retention that the values of their topic cannot have. */
function rangeMistakes(
  { project, schemas, origins }: ProjectSources,
  types: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return Object.entries(project.mirrors ?? {}).flatMap(([name, mirror]) => {
    const topic = project.topics?.[mirror.topic ?? name];
    const valueType = topic && valueTypeOf(topic);
    if (topic === undefined || valueType === undefined) {
      return [];
    }
    const envelope = envelopeOf(topic);
    const valueSchema = topic.schema === undefined ? undefined : referenceOf(topic.schema);
    const { gateway = '', type = '' } = valueSchema ?? {};
    const schema =
      types.get(gateway)?.includes(type) === true ? schemas.get(gateway)?.text : undefined;
    const range = rangeOf(argumentsOf(mirror), {
      keyType: keyTypeOf(topic) ?? 'JSON',
      valueType,
      writeType: topic.immutable === true ? 'IMMUTABLE' : 'MUTABLE',
      ...(envelope === undefined ? {} : { envelope }),
      ...(valueSchema === undefined || schema === undefined ? {} : { valueSchema, schema }),
    });
    return 'message' in range
      ? printProblem(originOf(origins, 'mirrors', name), mirror, range)
      : [];
  });
}

function printProblem(origin: Origin, value: object, problem: ManifestProblem): readonly string[] {
  return [printMistakes(origin.text, problemsAt(origin, value, [problem]))];
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
  topics: ProjectSources['project']['topics'] = {},
): readonly Mistake[] {
  const problems = bindings.flatMap((binding) => {
    const topic = Object.hasOwn(topics, binding.topic) ? topics[binding.topic] : undefined;
    const keyed = topic && typesOf(binding.topic, topic);
    const reason = keyed && typeMismatch(binding, keyed);
    return reason === undefined ? [] : [problemOfBinding(schema, binding, reason)];
  });
  return mistakesAt(file, text, problems);
}

type ProjectTopic = NonNullable<ProjectSources['project']['topics']>[string];

const TYPES: Readonly<Record<string, KeyedTopic['keyType']>> = {
  string: 'STRING',
  int: 'INTEGER',
  integer: 'INTEGER',
  long: 'LONG',
  double: 'DOUBLE',
  json: 'JSON',
  short: 'SHORT',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  bytes: 'BYTES',
  uuid: 'UUID',
};

/** Undefined for keys of another type. Ingest checks values with a schema for each record. */
function typesOf(name: string, topic: ProjectTopic): KeyedTopic | undefined {
  const typeOf = (word: unknown): KeyedTopic['keyType'] | undefined =>
    TYPES[String(word).toLowerCase()];
  const keyType = typeOf(topic.key);
  return keyType && { name, keyType, valueType: typeOf(topic.value) };
}

function typeNames(document: DocumentNode): readonly string[] {
  return document.definitions.flatMap((each) =>
    each.kind === Kind.OBJECT_TYPE_DEFINITION || each.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION
      ? [each.name.value]
      : [],
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
