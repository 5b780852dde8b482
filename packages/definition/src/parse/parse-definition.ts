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
import { topicProblems } from '../rules/topic-rules.ts';
import { directiveOf } from '../directives/directive-use.ts';
import { readTopicUse } from '../directives/topic-use.ts';
import { withSuggestion } from '../rules/unknown-directive.ts';

/** A schema that was validated as a whole, without any resolver. */
export interface Definition {
  readonly schema: GraphQLSchema;
  /** One for each field with a topic. */
  readonly bindings: readonly Binding[];
  /** The fields of Subscription that follow the topics of others. */
  readonly follows: readonly FollowMany[];
  /** One for each field that a REST service answers. */
  readonly rests: readonly RestBinding[];
  /** All interfaces and unions. */
  readonly abstractTypes: readonly AbstractType[];
}

/** Fields that were read so far. */
interface Found {
  readonly bindings: Binding[];
  readonly follows: FollowMany[];
  readonly rests: RestBinding[];
  readonly refuseRest: RefuseRest;
}

export interface ParseOptions {
  /** Which REST services may be asked is known by those who run the schema; by default all of them. */
  readonly refuseRest?: RefuseRest;
}

/** Reads a schema. Throws `DefinitionError` with every problem found. */
export function parseDefinition(
  sdl: string,
  { refuseRest = () => undefined }: ParseOptions = {},
): Definition {
  const document = parsed(sdl);
  const whole = withBuiltIns(document);
  const invalid = [
    ...validateSDL(whole).map(problemOf).map(withSuggestion(whole)),
    ...documentProblems(document),
  ];
  const schema = built(document, invalid);
  const abstract = readAbstractTypes(schema);
  const problems = [
    ...validateSchema(schema).map(problemOf),
    ...abstract.problems,
    ...defaultProblems(schema),
  ];
  const found: Found = { bindings: [], follows: [], rests: [], refuseRest };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        problems.push(...readField(schema, type, field, found));
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
    bindings: Object.freeze(found.bindings),
    follows: Object.freeze(found.follows),
    rests: Object.freeze(found.rests),
    abstractTypes: Object.freeze(abstract.types),
  });
}

/** One thing that is wrong is told once. */
function isAt({ line, column }: DefinitionProblem): (other: DefinitionProblem) => boolean {
  return (other) => other.line === line && other.column === column;
}

/** A type that several fields use is looked at for each of them. */
function isSame(problem: DefinitionProblem): (other: DefinitionProblem) => boolean {
  return (other) => isAt(problem)(other) && other.message === problem.message;
}

function parsed(sdl: string): DocumentNode {
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
 * A schema with errors is read on as far as its types can be made out, to tell all of them at once. An
 * unknown type, which was told already, stands for any scalar.
 */
function built(document: DocumentNode, invalid: readonly DefinitionProblem[]): GraphQLSchema {
  const whole = withBuiltIns(document);
  const known = invalid.length === 0 ? whole : withUnknownTypes(whole);
  try {
    return buildASTSchema(known, { assumeValidSDL: true });
  } catch (error) {
    // A default of what is no input type is not read at all; the type itself is then told of.
    const problems =
      invalid.length === 0 ? validateSchema(withoutDefaults(known)).map(problemOf) : invalid;
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

/** Adds what the field is bound to, if it is; answers what is wrong with it. */
function readField(
  schema: GraphQLSchema,
  parent: GraphQLObjectType | GraphQLInterfaceType,
  field: GraphQLField<unknown, unknown>,
  found: Found,
): DefinitionProblem[] {
  const rest = directiveOf(field, 'rest');
  const node = rest ?? directiveOf(field, 'topic');
  if (node === undefined) {
    return isObjectType(parent) && parent === schema.getSubscriptionType()
      ? readFollowed(schema, parent, field, found)
      : [];
  }
  if (isInterfaceType(parent)) {
    const text = `@${node.name.value} on ${parent.name}.${field.name} would bind nothing, since ${parent.name} is an interface. Put it on the field of each type that implements it.`;
    return [problemAt(node, text)];
  }
  try {
    if (rest !== undefined) {
      const read = readRest(readRestUse(schema, parent, field, rest), found.refuseRest);
      if (!('kind' in read)) {
        return [...read];
      }
      found.rests.push(read);
      return [];
    }
    const use = readTopicUse(schema, parent, field, node);
    const problems = topicProblems(use);
    if (problems.length === 0) {
      found.bindings.push(bindingOf(use));
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
  found: Found,
): DefinitionProblem[] {
  const read = readFollowMany(schema, subscription, field);
  if (!('kind' in read)) {
    return [read];
  }
  found.follows.push(Object.freeze(read));
  return [];
}
