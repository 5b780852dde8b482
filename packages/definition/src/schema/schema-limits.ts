import {
  GraphQLError,
  Kind,
  Lexer,
  Source,
  TokenKind,
  visit,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type InputObjectTypeDefinitionNode,
  type TypeNode,
} from 'graphql';

import { problemAt, problemOf, type DefinitionProblem } from '../problems/definition-error.ts';

/** Characters that a schema may have. Public schemas with descriptions have up to 1.3 million. */
export const SCHEMA_CHARS_MAX = 4_000_000;
/** Types that a schema may define. */
export const SCHEMA_TYPES_MAX = 5_000;
/** Levels of nested brackets of any kind, as in lists of lists and default values. */
export const SCHEMA_NESTING_MAX = 20;

/**
 * A problem of a schema that is too large to parse. It counts brackets in the tokens, because a
 * parser overflows its stack on deep ones.
 */
export function sizeProblem(sdl: string): DefinitionProblem | undefined {
  if (sdl.length > SCHEMA_CHARS_MAX) {
    return {
      message: `The schema has ${sdl.length} characters; at most ${SCHEMA_CHARS_MAX} are allowed.`,
      line: 1,
      column: 1,
    };
  }
  const lexer = new Lexer(new Source(sdl));
  let depth = 0;
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      depth += OPENING.has(token.kind) ? 1 : CLOSING.has(token.kind) ? -1 : 0;
      if (depth > SCHEMA_NESTING_MAX) {
        const { line, column } = token;
        const message = `More than ${SCHEMA_NESTING_MAX} brackets are open here, and no more are allowed.`;
        return { message, line, column };
      }
    }
  } catch (error) {
    if (error instanceof GraphQLError) {
      return problemOf(error);
    }
    throw error;
  }
  return undefined;
}

const OPENING: ReadonlySet<TokenKind> = new Set([
  TokenKind.BRACE_L,
  TokenKind.BRACKET_L,
  TokenKind.PAREN_L,
]);
const CLOSING: ReadonlySet<TokenKind> = new Set([
  TokenKind.BRACE_R,
  TokenKind.BRACKET_R,
  TokenKind.PAREN_R,
]);

/**
 * Problems that graphql-js accepts: some violate GraphQL's specification, some exhaust a machine.
 */
export function documentProblems(document: DocumentNode): readonly DefinitionProblem[] {
  const types = document.definitions.filter(({ kind }) => kind.endsWith('TypeDefinition'));
  const tooMany = types[SCHEMA_TYPES_MAX];
  if (tooMany !== undefined) {
    const message = `The schema has ${types.length} types; at most ${SCHEMA_TYPES_MAX} are allowed.`;
    return [problemAt(tooMany, message)];
  }
  const directives = document.definitions.filter(
    (definition) => definition.kind === Kind.DIRECTIVE_DEFINITION,
  );
  const uses = new Map(directives.map((node) => [node.name.value, usedBy(node)]));
  const circular = directives
    .filter(({ name }) => reaches(name.value, name.value, uses, new Set()))
    .map((node) => problemAt(node, `Directive @${node.name.value} refers to itself.`));
  return [...circular, ...endlessDefaults(document)];
}

/** Input types with a default that contains the type itself, which graphql-js never finishes. */
function endlessDefaults(document: DocumentNode): readonly DefinitionProblem[] {
  const inputs = document.definitions.filter(
    (definition) => definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION,
  );
  const needs = new Map(inputs.map((node) => [node.name.value, typesOfDefaults(node)]));
  return inputs
    .filter(({ name }) => reaches(name.value, name.value, needs, new Set()))
    .map((node) => {
      const text = `The defaults of ${node.name.value} never end: one of them contains ${node.name.value} itself. Remove it.`;
      return problemAt(node, text);
    });
}

/** The types of the fields whose default is an object or a list. */
function typesOfDefaults({ fields = [] }: InputObjectTypeDefinitionNode): readonly string[] {
  return fields.flatMap(({ type, defaultValue }) =>
    defaultValue?.kind === Kind.OBJECT || defaultValue?.kind === Kind.LIST ? [namedType(type)] : [],
  );
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

/** The directives on the arguments of a directive definition. */
function usedBy(definition: DirectiveDefinitionNode): readonly string[] {
  const names: string[] = [];
  visit(definition, {
    Directive(node) {
      names.push(node.name.value);
    },
  });
  return names;
}

function reaches(
  from: string,
  to: string,
  uses: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>,
): boolean {
  return (uses.get(from) ?? []).some((next) => {
    if (next === to) {
      return true;
    }
    if (seen.has(next)) {
      return false;
    }
    seen.add(next);
    return reaches(next, to, uses, seen);
  });
}
