import {
  buildASTSchema,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  parse,
  validateSchema,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { validateSDL } from 'graphql/validation/validate.js';

import { KEY_SCALARS, type Binding, type KeyArgument, type KeyScalar } from './binding.ts';
import { withBuiltIns } from './built-ins.ts';
import {
  DefinitionError,
  problemAt,
  problemOf,
  type DefinitionProblem,
} from './definition-error.ts';
import { keyArgumentsOf, topicProblems } from './topic-rules.ts';
import { readTopicUse, shapeOf, type TopicUse } from './topic-use.ts';

/** A schema that was validated as a whole, without any resolver. */
export interface Definition {
  readonly schema: GraphQLSchema;
  readonly bindings: readonly Binding[];
}

/** Reads a schema. Throws `DefinitionError` with every problem found. */
export function parseDefinition(sdl: string): Definition {
  const document = parsed(sdl);
  const invalid = validateSDL(withBuiltIns(document));
  if (invalid.length > 0) {
    throw new DefinitionError(invalid.map(problemOf));
  }
  const schema = buildASTSchema(withBuiltIns(document), { assumeValidSDL: true });
  const bindings: Binding[] = [];
  const problems = validateSchema(schema).map(problemOf);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        problems.push(...readField(schema, type, field, bindings));
      }
    }
  }
  if (problems.length > 0) {
    throw new DefinitionError(problems);
  }
  return Object.freeze({ schema, bindings: Object.freeze(bindings) });
}

function parsed(sdl: string): DocumentNode {
  try {
    return parse(sdl);
  } catch (error) {
    if (error instanceof GraphQLError) {
      throw new DefinitionError([problemOf(error)]);
    }
    throw error;
  }
}

/** Adds the field's binding, if it has one; answers what is wrong with it. */
function readField(
  schema: GraphQLSchema,
  parent: GraphQLObjectType | GraphQLInterfaceType,
  field: GraphQLField<unknown, unknown>,
  bindings: Binding[],
): DefinitionProblem[] {
  const rest = directiveOf(field, 'rest');
  if (rest !== undefined) {
    return [problemAt(rest, '@rest is not supported yet.')];
  }
  const node = directiveOf(field, 'topic');
  if (node === undefined) {
    const needsTopic = parent === schema.getSubscriptionType();
    const text = `Subscription field ${field.name} needs @topic; subscriptions that join several topics are not supported yet.`;
    return needsTopic ? [problemAt(field.astNode ?? undefined, text)] : [];
  }
  if (isInterfaceType(parent)) {
    return [problemAt(node, '@topic on fields of an interface is not supported.')];
  }
  let use: TopicUse;
  try {
    use = readTopicUse(schema, parent, field, node);
  } catch (error) {
    if (error instanceof GraphQLError) {
      return [problemOf(error)];
    }
    throw error;
  }
  const problems = topicProblems(use);
  if (problems.length === 0) {
    bindings.push(Object.freeze(bindingOf(use)));
  }
  return problems;
}

function directiveOf(
  field: GraphQLField<unknown, unknown>,
  name: string,
): DirectiveNode | undefined {
  return field.astNode?.directives?.find((directive) => directive.name.value === name);
}

/** Only for uses that passed the rules. */
function bindingOf(use: TopicUse): Binding {
  const place = { typeName: use.parent.name, fieldName: use.field.name, topic: use.args.name };
  const list = { dropsMissing: use.hasNonNullItems };
  const argument = keyArgumentOf(use);
  if (use.role === 'subscription') {
    return { ...place, kind: 'follow', ...(argument === undefined ? {} : { key: argument }) };
  }
  if (argument !== undefined) {
    return use.isList
      ? { ...place, ...argument, ...list, kind: 'list-by-argument' }
      : { ...place, ...argument, kind: 'one-by-argument' };
  }
  const { keyField } = use.args;
  const type = keyField === undefined ? undefined : use.parent.getFields()[keyField]?.type;
  if (keyField === undefined || type === undefined) {
    return { ...place, kind: 'all' };
  }
  const key = { keyField, scalar: scalarNamed(shapeOf(type).typeName) };
  return use.isList
    ? { ...place, ...key, ...list, kind: 'list-by-field' }
    : { ...place, ...key, kind: 'one-by-field' };
}

function keyArgumentOf(use: TopicUse): KeyArgument | undefined {
  const [argument] = keyArgumentsOf(use);
  if (argument === undefined) {
    return undefined;
  }
  return {
    argument: argument.name,
    argumentOf: use.field.args.includes(argument) ? 'field' : 'root',
    scalar: scalarNamed(shapeOf(argument.type).typeName),
  };
}

function scalarNamed(name: string): KeyScalar {
  const scalar = KEY_SCALARS.find((known) => known === name);
  if (scalar === undefined) {
    throw new Error(`${name} passed the rules for keys but is no scalar of keys`);
  }
  return scalar;
}
