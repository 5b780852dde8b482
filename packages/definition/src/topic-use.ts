import {
  getDirectiveValues,
  getNamedType,
  getNullableType,
  GraphQLError,
  isListType,
  isNonNullType,
  isObjectType,
  type ASTNode,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** What the type is that a field belongs to. */
export type FieldRole = 'query' | 'mutation' | 'subscription' | 'nested';

/** One `@topic` in a schema, with what the rules ask about. */
export interface TopicUse {
  readonly schema: GraphQLSchema;
  readonly parent: GraphQLObjectType;
  readonly role: FieldRole;
  /** Whether a field of Subscription follows the parent type, so that a key comes with each event. */
  readonly isFollowed: boolean;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: DirectiveNode;
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
  const directive = schema.getDirective('topic');
  const values =
    directive && field.astNode ? getDirectiveValues(directive, field.astNode) : undefined;
  if (values === undefined) {
    throw new GraphQLError('@topic is not defined.', { nodes: node });
  }
  const type = getNullableType(field.type);
  return {
    schema,
    parent,
    role: roleOf(schema, parent),
    isFollowed: followersOf(schema, parent).length > 0,
    field,
    node,
    args: { ...definedStrings(values), tombstones: values['tombstones'] === true },
    isList: isListType(type),
    hasNonNullItems: isListType(type) && isNonNullType(type.ofType),
  };
}

export function directiveOf(
  field: GraphQLField<unknown, unknown>,
  name: string,
): DirectiveNode | undefined {
  return field.astNode?.directives?.find((directive) => directive.name.value === name);
}

/** The place of a directive's argument in the text, or that of the directive. */
export function argumentNode<Arguments>(
  use: { readonly node: DirectiveNode; readonly args: Arguments },
  name: keyof Arguments,
): ASTNode {
  return use.node.arguments?.find((argument) => argument.name.value === name) ?? use.node;
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

export function roleOf(schema: GraphQLSchema, parent: GraphQLObjectType): FieldRole {
  if (parent === schema.getQueryType()) {
    return 'query';
  }
  if (parent === schema.getMutationType()) {
    return 'mutation';
  }
  return parent === schema.getSubscriptionType() ? 'subscription' : 'nested';
}

/** An argument given as null is an argument left out. */
function definedStrings(values: Readonly<Record<string, unknown>>): { readonly name: string } {
  const strings = Object.entries(values).filter(([, value]) => typeof value === 'string');
  return { name: '', ...(Object.fromEntries(strings) as Record<string, string>) };
}
