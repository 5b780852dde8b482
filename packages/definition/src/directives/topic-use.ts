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

/** One `@topic` in a schema, with what the rules ask about. */
export interface TopicUse extends DirectiveUse {
  /** Whether a field of Subscription follows the parent type, so that a key comes with each event. */
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
  readonly rangeFrom?: string;
  readonly rangeTo?: string;
  readonly valueArgument?: string;
  readonly tombstones: boolean;
}

/** Throws `GraphQLError` where an argument of the directive has another type. */
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
export function followersOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
): readonly GraphQLField<unknown, unknown>[] {
  return Object.values(schema.getSubscriptionType()?.getFields() ?? {}).filter(
    (field) => followedType(field) === type,
  );
}

/** The type whose fields' topics a field of Subscription follows; undefined where it does not. */
export function followedType(field: GraphQLField<unknown, unknown>): GraphQLObjectType | undefined {
  const type = getNullableType(field.type);
  const isOwn = directiveOf(field, 'topic') !== undefined || directiveOf(field, 'rest');
  return !isOwn && isObjectType(type) && Object.values(type.getFields()).some(hasTopic)
    ? type
    : undefined;
}

function hasTopic(field: GraphQLField<unknown, unknown>): boolean {
  return directiveOf(field, 'topic') !== undefined;
}

/** The named type that an argument or field holds, and whether in a list. */
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

/** An argument given as null is an argument left out. */
function definedStrings(values: Readonly<Record<string, unknown>>): { readonly name: string } {
  const strings = Object.entries(values).filter(([, value]) => typeof value === 'string');
  return { name: '', ...(Object.fromEntries(strings) as Record<string, string>) };
}
