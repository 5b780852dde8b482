import {
  getDirectiveValues,
  getNamedType,
  getNullableType,
  GraphQLError,
  isListType,
  isNonNullType,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** One `@topic` in a schema, with what the rules ask about. */
export interface TopicUse {
  readonly schema: GraphQLSchema;
  readonly parent: GraphQLObjectType;
  readonly role: 'query' | 'mutation' | 'subscription' | 'nested';
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
    field,
    node,
    args: definedStrings(values),
    isList: isListType(type),
    hasNonNullItems: isListType(type) && isNonNullType(type.ofType),
  };
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

function roleOf(schema: GraphQLSchema, parent: GraphQLObjectType): TopicUse['role'] {
  if (parent === schema.getQueryType()) {
    return 'query';
  }
  if (parent === schema.getMutationType()) {
    return 'mutation';
  }
  return parent === schema.getSubscriptionType() ? 'subscription' : 'nested';
}

/** An argument given as null is an argument left out. */
function definedStrings(values: Readonly<Record<string, unknown>>): TopicArguments {
  const strings: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') {
      strings[name] = value;
    }
  }
  return { name: '', ...strings };
}
