import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ASTNode,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type ValueNode,
} from 'graphql';

import type { AccessRule, ScopeGroups } from '../binding/access-rule.ts';

type Parent = GraphQLObjectType | GraphQLInterfaceType;

export const AUTHENTICATED = 'authenticated';
export const REQUIRES_SCOPES = 'requiresScopes';

/** The directives about access of a type with its extensions, or of a field. */
export function accessDirectives({
  astNode,
  extensionASTNodes = [],
}: {
  readonly astNode?: (ASTNode & Directed) | null | undefined;
  readonly extensionASTNodes?: readonly (ASTNode & Directed)[];
}): readonly DirectiveNode[] {
  return [...(astNode ? [astNode] : []), ...extensionASTNodes].flatMap(({ directives = [] }) =>
    directives.filter(({ name }) => name.value === AUTHENTICATED || name.value === REQUIRES_SCOPES),
  );
}

interface Directed {
  readonly directives?: readonly DirectiveNode[];
}

/** The groups of one `@requiresScopes`. The schema is valid, so its scopes are lists of texts. */
export function scopeGroupsOf(directive: DirectiveNode): ScopeGroups {
  const value = directive.arguments?.find(({ name }) => name.value === 'scopes')?.value;
  return listOf(value).map((group) =>
    listOf(group).flatMap((scope) => (scope.kind === Kind.STRING ? [scope.value] : [])),
  );
}

/** A single value stands for a list with this value, as GraphQL coerces it. */
function listOf(value: ValueNode | undefined): readonly ValueNode[] {
  return value === undefined ? [] : value.kind === Kind.LIST ? value.values : [value];
}

/** A rule for each field of an object that is not open to everyone. */
export function accessRulesOf(schema: GraphQLSchema): readonly AccessRule[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field): readonly AccessRule[] => {
        const directives = directivesOn(type, field);
        return directives.length === 0
          ? []
          : [
              Object.freeze({
                typeName: type.name,
                fieldName: field.name,
                isAuthenticated: directives.some(({ name }) => name.value === AUTHENTICATED),
                scopes: directives
                  .filter(({ name }) => name.value === REQUIRES_SCOPES)
                  .map(scopeGroupsOf),
              }),
            ];
      }),
    );
}

/** Those of the field, its parent and its type, and of the interfaces that these implement. */
function directivesOn(
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): readonly DirectiveNode[] {
  const interfaces = parent.getInterfaces();
  const inherited = interfaces.flatMap((each) => each.getFields()[field.name] ?? []);
  return [
    ...[parent, ...interfaces].flatMap(accessDirectives),
    ...[field, ...inherited].flatMap(accessDirectives),
    ...typesOf(getNamedType(field.type)).flatMap(accessDirectives),
  ];
}

function typesOf(type: GraphQLNamedType): readonly (GraphQLNamedType | Parent)[] {
  return isObjectType(type) || isInterfaceType(type) ? [type, ...type.getInterfaces()] : [type];
}
