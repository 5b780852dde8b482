import { restRefusal, type RestHost } from '@quicksilver/common/config/rest-hosts';
import { AppError } from '@quicksilver/common/errors/app-error';
import {
  bindingState,
  fieldOf,
  problemOfBinding,
  typeMismatch,
} from '@quicksilver/definition/binding-state';
import { DefinitionError } from '@quicksilver/definition/definition-error';
import type { KeyedTopic } from '@quicksilver/definition/key-fit';
import type { Binding } from '@quicksilver/definition/binding';
import { parseDefinition, type Definition } from '@quicksilver/definition/parse-definition';
import {
  documentsProblems,
  type TrustedDocuments,
} from '@quicksilver/definition/trusted-documents';
import { ambiguityWarning } from '@quicksilver/definition/ambiguous-types';
import {
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  print,
  visit,
  type GraphQLNamedType,
} from 'graphql';

import { exportedType } from './export/exported-type.ts';
import { toAvro } from './export/to-avro.ts';
import { toJsonSchema } from './export/to-json-schema.ts';
import { toProtobuf } from './export/to-protobuf.ts';

/** Deeper nesting could overflow the stack of a recursive parser. */
const NESTING_MAX = 200;
/** A schema can have an error in every line. More errors than this are not useful. */
const PROBLEMS_MAX = 100;

/** What a schema is checked against, in addition to the rules of GraphQL. */
export interface SchemaUse {
  /** Hosts that `@rest` may fetch from. If undefined, all hosts are allowed. */
  readonly restHosts?: readonly RestHost[];
  /** The trusted documents that must be valid for the schema. */
  readonly documents?: TrustedDocuments;
}

/** A binding and the position of its `@topic` directive in the schema. */
export type LocatedBinding = Binding & { readonly line: number; readonly column: number };

/**
 * Reads and validates the schema of a gateway. Throws `AppError` with every error and its line and
 * column. Errors in documents also have the file. All functions here that take SDL run in the
 * thread of `SchemaReader`.
 */
export function readBindings(
  sdl: string,
  { restHosts, documents = {} }: SchemaUse = {},
): readonly LocatedBinding[] {
  const { schema, bindings } = definitionOf(sdl, restHosts);
  const problems = documentsProblems(schema, documents);
  if (problems.length > 0) {
    throw refusal(
      'INVALID_DOCUMENTS',
      'Trusted documents are not valid for the schema of the gateway:',
      problems,
    );
  }
  return bindings.map((binding) => {
    const { line, column } = problemOfBinding(schema, binding, '');
    return { ...binding, line, column };
  });
}

function definitionOf(sdl: string, restHosts: readonly RestHost[] | undefined): Definition {
  refuseDeep(sdl);
  try {
    return parseDefinition(sdl, {
      refuseRest: (url) => restHosts && restRefusal(restHosts, url),
    });
  } catch (error) {
    if (error instanceof DefinitionError) {
      throw refusal('INVALID_SCHEMA', BAKDATA_UNREADABLE, error.problems, error);
    }
    throw error;
  }
}

/** The text of bakdata Quick. Programs should read `errors` instead. */
const BAKDATA_UNREADABLE = 'Could not parse GraphQL schema: ';

interface Problem {
  /** The file of a document. Undefined for the schema. */
  readonly file?: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

function refusal(
  code: 'INVALID_SCHEMA' | 'INVALID_DOCUMENTS',
  head: string,
  problems: readonly Problem[],
  cause?: unknown,
): AppError {
  const shown = problems.slice(0, PROBLEMS_MAX);
  const lines = shown.map(
    ({ file, line, column, message }) =>
      `- ${file === undefined ? '' : `${file}:`}${line}:${column} ${message}`,
  );
  if (problems.length > shown.length) {
    lines.push(`and ${problems.length - shown.length} more.`);
  }
  const errors = shown.map(({ file, message, line, column }) => {
    return { ...(file === undefined ? {} : { file }), message, line, column };
  });
  return new AppError(code, `${head}\n${lines.join('\n')}`, { cause, extra: { errors } });
}

function refuseDeep(sdl: string): void {
  let depth = 0;
  let line = 1;
  for (const character of sdl) {
    if (character === '\n') {
      line += 1;
    } else if ('[{('.includes(character)) {
      depth += 1;
    } else if (']})'.includes(character)) {
      depth -= 1;
    }
    if (depth > NESTING_MAX) {
      const message = `The schema is nested deeper than ${NESTING_MAX} levels.`;
      throw refusal('INVALID_SCHEMA', BAKDATA_UNREADABLE, [{ message, line, column: 1 }]);
    }
  }
}

/**
 * Warnings for fields that have no data yet. Throws `AppError` with all fields that can never have
 * data, since the types of an existing topic do not change.
 */
export function bindingWarnings(
  bindings: readonly LocatedBinding[],
  topicOf: (name: string) => KeyedTopic | undefined,
): string[] {
  const problems = bindings.flatMap((binding) => {
    const topic = topicOf(binding.topic);
    const message = topic && typeMismatch(binding, topic);
    return message === undefined ? [] : [{ ...binding, message }];
  });
  if (problems.length > 0) {
    throw refusal(
      'INVALID_SCHEMA',
      'Fields of the schema do not match the types of their topics:',
      problems,
    );
  }
  return bindings.flatMap((binding) => {
    const topic = topicOf(binding.topic);
    const binds = bindingState(binding, topic);
    if (binds.state === 'pending') {
      return [
        `Topic ${binding.topic} does not exist yet. Field ${fieldOf(binding)} returns errors until the topic is created.`,
      ];
    }
    return binds.state === 'invalid'
      ? [binds.reason]
      : [ambiguityWarning(binding, topic)].filter((warning) => warning !== undefined);
  });
}

/** A type as a schema of another format. Throws `AppError` if it has no form there. */
export function exportType(sdl: string, typeName: string, format: ExportFormat): string {
  const type = exportedType(parseDefinition(sdl).schema, typeName);
  switch (format) {
    case 'avro':
      return toAvro(type);
    case 'protobuf':
      return toProtobuf(type);
    case 'json-schema':
      return toJsonSchema(type);
  }
}

export const EXPORT_FORMATS = ['avro', 'protobuf', 'json-schema'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/**
 * SDL of a type and of every type it refers to, as they appear in the records of a topic. Fields
 * from other topics are left out. Throws `AppError` if the schema has no such type.
 */
export function printType(sdl: string, typeName: string): string {
  const name = typeName.slice(0, 1).toUpperCase() + typeName.slice(1);
  const missing = new AppError('INVALID_SPEC', `Type ${name} does not exist`);
  const { schema } = definitionOf(sdl, undefined);
  const type = schema.getType(name);
  if (type === undefined || isIntrospectionType(type) || type.astNode === undefined) {
    throw missing;
  }
  const names = new Set<string>();
  collect(type, names);
  const document = visit(parse(sdl), {
    FieldDefinition: (node) => (isBound(node) ? null : undefined),
  });
  return document.definitions
    .filter((node) => 'name' in node && node.name !== undefined && names.has(node.name.value))
    .map((node) => print(node))
    .join('\n\n');
}

function collect(type: GraphQLNamedType, names: Set<string>): void {
  if (names.has(type.name) || isSpecifiedScalarType(type)) {
    return;
  }
  names.add(type.name);
  if (isUnionType(type)) {
    for (const member of type.getTypes()) {
      collect(member, names);
    }
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (!isBound(field.astNode)) {
        collect(getNamedType(field.type), names);
      }
    }
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      collect(getNamedType(field.type), names);
    }
  }
}

interface Directed {
  readonly directives?: readonly { readonly name: { readonly value: string } }[] | undefined;
}

/** Whether the field's value comes from another topic. */
function isBound(node: Directed | null | undefined): boolean {
  return node?.directives?.some(({ name }) => name.value === 'topic') === true;
}
