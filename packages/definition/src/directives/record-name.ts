import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type GraphQLField,
  type GraphQLInputField,
} from 'graphql';

/**
 * The name of a field in records: that of its `@field`, or its own. GraphQL's names have letters,
 * digits and underscores only.
 */
export function recordName({
  name,
  astNode,
}: Pick<GraphQLField<unknown, unknown> | GraphQLInputField, 'name' | 'astNode'>): string {
  const directive = astNode?.directives?.find((each) => each.name.value === 'field');
  const value = directive?.arguments?.find((each) => each.name.value === 'name')?.value;
  return value?.kind === Kind.STRING ? value.value : name;
}

/** The names in records along a path of fields that exist. */
export function recordPath(parent: unknown, path: string): readonly string[] {
  let type = parent;
  return path.split('.').map((name) => {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    type = field && getNamedType(field.type);
    return field === undefined ? name : recordName(field);
  });
}
