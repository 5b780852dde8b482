import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

import type { TopicUse } from './topic-use.ts';

/**
 * The arguments that a directive can mean by a name. The field's arguments come first, then those
 * of the root fields above it. If none of them matches, the arguments of all root fields count.
 */
export function argumentsNamed(
  { schema, parent, role, field }: Pick<TopicUse, 'schema' | 'parent' | 'role' | 'field'>,
  name: string,
): readonly GraphQLArgument[] {
  const named = (args: readonly GraphQLArgument[]): GraphQLArgument[] =>
    args.filter((argument) => argument.name === name);
  const fromField = named(field.args);
  if (fromField.length > 0 || role !== 'nested') {
    return fromField;
  }
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) => Object.values(root?.getFields() ?? {}));
  const above = fields.filter((each) => reaches(schema, getNamedType(each.type), parent));
  const near = above.flatMap((each) => named(each.args));
  return near.length > 0 ? near : fields.flatMap((each) => named(each.args));
}

/** Whether a record of one type can contain one of the other. */
function reaches(schema: GraphQLSchema, from: GraphQLNamedType, to: GraphQLNamedType): boolean {
  const seen = new Set([from]);
  for (const type of seen) {
    const fields =
      isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    for (const field of fields) {
      seen.add(getNamedType(field.type));
    }
    for (const possible of isAbstractType(type) ? schema.getPossibleTypes(type) : []) {
      seen.add(possible);
    }
  }
  return seen.has(to);
}
