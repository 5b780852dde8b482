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

/** Deeper nesting would end a recursive reader. */
const NESTING_MAX = 200;
/** A schema can be wrong in every line; nobody reads more than these. */
const PROBLEMS_MAX = 100;

/** What a schema is to be judged by besides the rules of the language. */
export interface SchemaUse {
  /** Where `@rest` may fetch from; anywhere where they are left out. */
  readonly restHosts?: readonly RestHost[];
  /** What is to run on it. */
  readonly documents?: TrustedDocuments;
}

/** A binding, and where its `@topic` stands in the schema. */
export type PlacedBinding = Binding & { readonly line: number; readonly column: number };

/**
 * Reads a gateway's schema as a whole. Throws `AppError` with every error, its line and column; with
 * its file too where it is one of the documents. All functions here that take SDL run in the thread
 * of `SchemaReader`.
 */
export function readBindings(
  sdl: string,
  { restHosts, documents = {} }: SchemaUse = {},
): readonly PlacedBinding[] {
  const { schema, bindings } = definitionOf(sdl, restHosts);
  const problems = documentsProblems(schema, documents);
  if (problems.length > 0) {
    throw refusal(
      'INVALID_DOCUMENTS',
      'Trusted documents do not fit the schema of the gateway:',
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
      throw refusal('INVALID_SCHEMA', UNREADABLE, error.problems, error);
    }
    throw error;
  }
}

/** Quick's text; programs read `errors`. */
const UNREADABLE = 'Could not parse GraphQL schema: ';

interface Problem {
  /** Of a document; the schema has none. */
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
      throw refusal('INVALID_SCHEMA', UNREADABLE, [{ message, line, column: 1 }]);
    }
  }
}

/**
 * What keeps fields of a schema from being answered now. Throws `AppError` with all those that will
 * not be answered later either, since a topic that is there keeps its types.
 */
export function bindingWarnings(
  bindings: readonly PlacedBinding[],
  topicOf: (name: string) => KeyedTopic | undefined,
): string[] {
  const problems = bindings.flatMap((binding) => {
    const topic = topicOf(binding.topic);
    const message = topic && typeMismatch(binding, topic);
    return message === undefined ? [] : [{ ...binding, message }];
  });
  if (problems.length > 0) {
    throw refusal('INVALID_SCHEMA', 'Fields of the schema do not fit their topics:', problems);
  }
  return bindings.flatMap((binding) => {
    const topic = topicOf(binding.topic);
    const found = bindingState(binding, topic);
    if (found.state === 'pending') {
      return [
        `Topic ${binding.topic} does not exist yet: field ${fieldOf(binding)} cannot be answered until it is created.`,
      ];
    }
    return found.state === 'invalid'
      ? [found.reason]
      : [ambiguityWarning(binding, topic)].filter((warning) => warning !== undefined);
  });
}

/**
 * SDL of a type and of all that it refers to, as a topic's records have it: without the fields that
 * come from other topics. Throws `AppError` where the schema has no such type.
 */
export function printType(sdl: string, called: string): string {
  const name = called.slice(0, 1).toUpperCase() + called.slice(1);
  const missing = new AppError('INVALID_SPEC', `Type ${name} does not exist`);
  const { schema } = parseDefinition(sdl);
  const type = schema.getType(name);
  if (type === undefined || isIntrospectionType(type) || type.astNode === undefined) {
    throw missing;
  }
  const wanted = new Set<string>();
  collect(type, wanted);
  const document = visit(parse(sdl), {
    FieldDefinition: (node) => (isBound(node) ? null : undefined),
  });
  return document.definitions
    .filter((node) => 'name' in node && node.name !== undefined && wanted.has(node.name.value))
    .map((node) => print(node))
    .join('\n\n');
}

function collect(type: GraphQLNamedType, wanted: Set<string>): void {
  if (wanted.has(type.name) || isSpecifiedScalarType(type)) {
    return;
  }
  wanted.add(type.name);
  if (isUnionType(type)) {
    for (const member of type.getTypes()) {
      collect(member, wanted);
    }
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (!isBound(field.astNode)) {
        collect(getNamedType(field.type), wanted);
      }
    }
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      collect(getNamedType(field.type), wanted);
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
