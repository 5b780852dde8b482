import {
  buildASTSchema,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  specifiedScalarTypes,
  validateSchema,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type NamedTypeNode,
} from 'graphql';
import { validateSDL } from 'graphql/validation/validate.js';

import { readAbstractTypes } from '../rules/abstract-rules.ts';
import type { AbstractType } from '../binding/abstract-type.ts';
import type { AccessRule } from '../binding/access-rule.ts';
import { accessRulesOf } from '../directives/access-use.ts';
import { accessProblems } from '../rules/access-rules.ts';
import type { Binding, FollowMany } from '../binding/binding.ts';
import { withBuiltIns } from '../schema/built-ins.ts';
import { defaultProblems } from '../rules/default-rules.ts';
import {
  DefinitionError,
  problemAt,
  problemOf,
  type DefinitionProblem,
} from '../problems/definition-error.ts';
import { readFollowMany } from './follow-many.ts';
import { readRest } from './read-rest.ts';
import type { RefuseRest, RestBinding } from '../binding/rest-binding.ts';
import { readRestUse } from '../directives/rest-use.ts';
import { documentProblems, sizeProblem } from '../schema/schema-limits.ts';
import { bindingOf } from './topic-binding.ts';
import { recordNameProblems } from '../rules/record-name-rules.ts';
import { topicProblems } from '../rules/topic-rules.ts';
import { unboundProblems } from '../rules/unbound-rules.ts';
import { directiveOf } from '../directives/directive-use.ts';
import { groupsOf } from '../directives/group.ts';
import { readTopicUse } from '../directives/topic-use.ts';
import { withSuggestion } from '../rules/unknown-directive.ts';

/** A valid schema with its bindings, without resolvers. */
export interface Definition {
  readonly schema: GraphQLSchema;
  /** One for each field with a topic. */
  readonly bindings: readonly Binding[];
  /** The fields of Subscription that follow the topics of other fields. */
  readonly follows: readonly FollowMany[];
  /** One for each field with `@rest`. */
  readonly rests: readonly RestBinding[];
  /** One for each field that is not open to every caller. */
  readonly accessRules: readonly AccessRule[];
  /** All interfaces and unions. */
  readonly abstractTypes: readonly AbstractType[];
  /** The names of the types that can be groups of bound fields, without a record. */
  readonly groups: ReadonlySet<string>;
}

/** The results so far. */
interface Results {
  readonly bindings: Binding[];
  readonly follows: FollowMany[];
  readonly rests: RestBinding[];
  readonly refuseRest: RefuseRest;
}

export interface ParseOptions {
  /** Rejects REST services that a deployment does not allow; by default all are allowed. */
  readonly refuseRest?: RefuseRest;
}

/** Parses a schema. Throws `DefinitionError` with all problems. */
export function parseDefinition(
  sdl: string,
  { refuseRest = () => undefined }: ParseOptions = {},
): Definition {
  const document = parseDocument(sdl);
  const whole = withBuiltIns(document);
  const invalid = [
    ...validateSDL(whole).map(problemOf).map(withSuggestion(whole)),
    ...documentProblems(document),
  ];
  const schema = buildSchema(document, invalid);
  const abstract = readAbstractTypes(schema);
  const groups = groupsOf(schema);
  const problems = [
    ...validateSchema(schema).map(problemOf),
    ...abstract.problems,
    ...defaultProblems(schema),
    ...recordNameProblems(schema),
    ...accessProblems(schema),
    // An unknown type or directive may be the reason why a field has no binding.
    ...(invalid.length === 0 ? unboundProblems(schema, groups) : []),
  ];
  const results: Results = { bindings: [], follows: [], rests: [], refuseRest };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        problems.push(...readField(schema, type, field, results));
      }
    }
  }
  const all = [...invalid, ...problems.filter((problem) => !invalid.some(isAt(problem)))].filter(
    (problem, at, list) => list.findIndex(isSame(problem)) === at,
  );
  if (all.length > 0) {
    throw new DefinitionError(all);
  }
  return Object.freeze({
    schema,
    bindings: Object.freeze(results.bindings),
    follows: Object.freeze(results.follows),
    rests: Object.freeze(results.rests),
    accessRules: accessRulesOf(schema),
    abstractTypes: Object.freeze(abstract.types),
    groups: new Set([...groups.all].map(({ name }) => name)),
  });
}

/** Each place has one message. */
function isAt({ line, column }: DefinitionProblem): (other: DefinitionProblem) => boolean {
  return (other) => other.line === line && other.column === column;
}

/** A type is checked once for each field that uses it, with the same problems. */
function isSame(problem: DefinitionProblem): (other: DefinitionProblem) => boolean {
  return (other) => isAt(problem)(other) && other.message === problem.message;
}

function parseDocument(sdl: string): DocumentNode {
  const tooMuch = sizeProblem(sdl);
  if (tooMuch !== undefined) {
    throw new DefinitionError([tooMuch]);
  }
  try {
    return parse(sdl);
  } catch (error) {
    if (error instanceof GraphQLError) {
      throw new DefinitionError([problemOf(error)]);
    }
    throw error;
  }
}

/**
 * Builds even an invalid schema if its types can be resolved, to report all problems at once. An
 * unknown type, which is reported already, becomes a scalar.
 */
function buildSchema(document: DocumentNode, invalid: readonly DefinitionProblem[]): GraphQLSchema {
  const whole = withBuiltIns(document);
  const complete = invalid.length === 0 ? whole : withUnknownTypes(whole);
  try {
    return buildASTSchema(complete, { assumeValidSDL: true });
  } catch (error) {
    // graphql-js throws at a default of an output type. Without defaults the type is reported.
    const problems =
      invalid.length === 0 ? validateSchema(withoutDefaults(complete)).map(problemOf) : invalid;
    throw problems.length === 0 ? error : new DefinitionError(problems);
  }
}

function withoutDefaults(document: DocumentNode): GraphQLSchema {
  const without = visit(document, {
    InputValueDefinition: ({ defaultValue: _default, ...node }) => node,
  });
  return buildASTSchema(without, { assumeValidSDL: true });
}

function withUnknownTypes(document: DocumentNode): DocumentNode {
  const unknown = new Map<string, NamedTypeNode>();
  visit(document, { NamedType: (node) => void unknown.set(node.name.value, node) });
  const defined = document.definitions.flatMap((each) =>
    'name' in each && each.name !== undefined ? [each.name.value] : [],
  );
  for (const name of [...defined, ...specifiedScalarTypes.map((scalar) => scalar.name)]) {
    unknown.delete(name);
  }
  const scalars = [...unknown.values()].map(({ name }): DefinitionNode => ({
    kind: Kind.SCALAR_TYPE_DEFINITION,
    name,
  }));
  return { ...document, definitions: [...document.definitions, ...scalars] };
}

/** Adds the binding of the field, if it has one. Returns its problems. */
function readField(
  schema: GraphQLSchema,
  parent: GraphQLObjectType | GraphQLInterfaceType,
  field: GraphQLField<unknown, unknown>,
  results: Results,
): DefinitionProblem[] {
  const rest = directiveOf(field, 'rest');
  const node = rest ?? directiveOf(field, 'topic');
  if (node === undefined) {
    return isObjectType(parent) && parent === schema.getSubscriptionType()
      ? readFollowed(schema, parent, field, results)
      : [];
  }
  if (isInterfaceType(parent)) {
    const text = `@${node.name.value} on ${parent.name}.${field.name} has no effect, because ${parent.name} is an interface. Put it on the field of each type that implements it.`;
    return [problemAt(node, text)];
  }
  try {
    if (rest !== undefined) {
      const read = readRest(readRestUse(schema, parent, field, rest), results.refuseRest);
      if (!('kind' in read)) {
        return [...read];
      }
      results.rests.push(read);
      return [];
    }
    const use = readTopicUse(schema, parent, field, node);
    const problems = topicProblems(use);
    if (problems.length === 0) {
      results.bindings.push(bindingOf(use));
    }
    return problems;
  } catch (error) {
    if (error instanceof GraphQLError) {
      return [problemOf(error)];
    }
    throw error;
  }
}

function readFollowed(
  schema: GraphQLSchema,
  subscription: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  results: Results,
): DefinitionProblem[] {
  const read = readFollowMany(schema, subscription, field);
  if (!('kind' in read)) {
    return [read];
  }
  results.follows.push(Object.freeze(read));
  return [];
}
