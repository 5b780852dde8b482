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
 * The arguments that a directive may mean by a name: the field's own, else those of the root fields
 * that it can be below; those of all root fields where none of these has such an argument.
 */
export function argumentsNamed(
  { schema, parent, role, field }: Pick<TopicUse, 'schema' | 'parent' | 'role' | 'field'>,
  name: string,
): readonly GraphQLArgument[] {
  const named = (args: readonly GraphQLArgument[]): GraphQLArgument[] =>
    args.filter((argument) => argument.name === name);
  const own = named(field.args);
  if (own.length > 0 || role !== 'nested') {
    return own;
  }
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) => Object.values(root?.getFields() ?? {}));
  const above = fields.filter((each) => reaches(schema, getNamedType(each.type), parent));
  const near = above.flatMap((each) => named(each.args));
  return near.length > 0 ? near : fields.flatMap((each) => named(each.args));
}

/** Whether a record of one type can have one of the other below it. */
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
