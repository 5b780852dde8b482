import {
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

import { directiveOf, directiveUse, directiveValues, type DirectiveUse } from './directive-use.ts';

/** One `@topic` in a schema, with the facts for its rules. */
export interface TopicUse extends DirectiveUse {
  /** Whether a field of Subscription follows the parent type. Then each event has the key. */
  readonly isFollowed: boolean;
  readonly args: TopicArguments;
  readonly isList: boolean;
  /** `[T!]` or `[T!]!`. */
  readonly hasNonNullItems: boolean;
}

export interface TopicArguments {
  readonly name: string;
  readonly keyArgument?: string;
  readonly keyField?: string;
  readonly keyClaim?: string;
  readonly whereField?: string;
  readonly whereClaim?: string;
  readonly rangeFrom?: string;
  readonly rangeTo?: string;
  readonly valueArgument?: string;
  readonly tombstones: boolean;
}

/** Throws `GraphQLError` if an argument of the directive has the wrong type. */
export function readTopicUse(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  node: DirectiveNode,
): TopicUse {
  const use = directiveUse(schema, parent, field, node);
  const values = directiveValues(use);
  const type = getNullableType(field.type);
  return {
    ...use,
    isFollowed: followersOf(schema, parent).length > 0,
    args: { ...definedStrings(values), tombstones: values['tombstones'] === true },
    isList: isListType(type),
    hasNonNullItems: isListType(type) && isNonNullType(type.ofType),
  };
}

/** The fields of Subscription that follow the topics of this type's fields. */
function followersOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
): readonly GraphQLField<unknown, unknown>[] {
  const known = FOLLOWERS.get(schema) ?? Map.groupBy(subscriptionsOf(schema), followedType);
  FOLLOWERS.set(schema, known);
  return known.get(type) ?? [];
}

function subscriptionsOf(schema: GraphQLSchema): readonly GraphQLField<unknown, unknown>[] {
  return Object.values(schema.getSubscriptionType()?.getFields() ?? {});
}

const FOLLOWERS = new WeakMap<
  GraphQLSchema,
  ReadonlyMap<GraphQLObjectType | undefined, readonly GraphQLField<unknown, unknown>[]>
>();

/** The type whose topics a field of Subscription follows; undefined if it follows none. */
export function followedType(field: GraphQLField<unknown, unknown>): GraphQLObjectType | undefined {
  const type = getNullableType(field.type);
  const hasDirective = directiveOf(field, 'topic') !== undefined || directiveOf(field, 'rest');
  return !hasDirective && isObjectType(type) && Object.values(type.getFields()).some(hasTopic)
    ? type
    : undefined;
}

function hasTopic(field: GraphQLField<unknown, unknown>): boolean {
  return directiveOf(field, 'topic') !== undefined;
}

/** The named type of an argument or field, and whether it is a list. */
export function shapeOf(type: GraphQLField<unknown, unknown>['type'] | ArgumentType): Shape {
  const nullable = getNullableType(type);
  const isList = isListType(nullable);
  return {
    typeName: getNamedType(type).name,
    isList,
    isListOfLists: isList && isListType(getNullableType(nullable.ofType)),
  };
}

export interface Shape {
  readonly typeName: string;
  readonly isList: boolean;
  readonly isListOfLists: boolean;
}

type ArgumentType = GraphQLField<unknown, unknown>['args'][number]['type'];

/** A null argument counts as omitted. */
function definedStrings(values: Readonly<Record<string, unknown>>): { readonly name: string } {
  const strings = Object.entries(values).filter(([, value]) => typeof value === 'string');
  return { name: '', ...(Object.fromEntries(strings) as Record<string, string>) };
}
