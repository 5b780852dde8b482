import {
  getDirectiveValues,
  GraphQLError,
  type ASTNode,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** The kind of type that a field belongs to. */
export type FieldRole = 'query' | 'mutation' | 'subscription' | 'nested';

/** A directive with its field, for the rules of every directive. */
export interface DirectiveUse {
  readonly schema: GraphQLSchema;
  readonly parent: GraphQLObjectType;
  readonly role: FieldRole;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: DirectiveNode;
}

export function directiveUse(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  node: DirectiveNode,
): DirectiveUse {
  return { schema, parent, role: roleOf(schema, parent), field, node };
}

/** The directive's arguments. Throws `GraphQLError` if one has the wrong type. */
export function directiveValues({
  schema,
  field,
  node,
}: DirectiveUse): Readonly<Record<string, unknown>> {
  const name = node.name.value;
  const directive = schema.getDirective(name);
  const values =
    directive && field.astNode ? getDirectiveValues(directive, field.astNode) : undefined;
  if (values === undefined) {
    throw new GraphQLError(`@${name} is not defined.`, { nodes: node });
  }
  return values;
}

export function directiveOf(
  field: GraphQLField<unknown, unknown>,
  name: string,
): DirectiveNode | undefined {
  return field.astNode?.directives?.find((directive) => directive.name.value === name);
}

/** The argument's node for its place in the text, or the directive's node without one. */
export function argumentNode<Arguments>(
  use: { readonly node: DirectiveNode; readonly args: Arguments },
  name: keyof Arguments,
): ASTNode {
  return use.node.arguments?.find((argument) => argument.name.value === name) ?? use.node;
}

function roleOf(schema: GraphQLSchema, parent: GraphQLObjectType): FieldRole {
  if (parent === schema.getQueryType()) {
    return 'query';
  }
  if (parent === schema.getMutationType()) {
    return 'mutation';
  }
  return parent === schema.getSubscriptionType() ? 'subscription' : 'nested';
}
