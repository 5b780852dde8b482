import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';

import { groupType, hasDirective, type Groups } from '../directives/group.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';

/**
 * The fields of Query and Mutation that have no directive and do not group fields that have one. A
 * group in Mutation has no other fields, because a mutation that returns a record and lacks its
 * `@topic` would look like a group if the record has joins.
 */
export function unboundProblems(
  schema: GraphQLSchema,
  { all, only }: Groups,
): readonly DefinitionProblem[] {
  const query = unboundFields(schema.getQueryType(), all).map(({ name, astNode }) =>
    problemAt(
      astNode ?? undefined,
      `${schema.getQueryType()?.name}.${name} never has a value, because neither it nor a field below it has @topic or @rest. Add one.`,
    ),
  );
  const mutation = unboundFields(schema.getMutationType(), only).map(({ name, astNode }) =>
    problemAt(
      astNode ?? undefined,
      `${schema.getMutationType()?.name}.${name} does nothing, because it has no @topic or @rest. Add one.`,
    ),
  );
  return [...query, ...mutation];
}

function unboundFields(
  root: GraphQLObjectType | null | undefined,
  groups: ReadonlySet<GraphQLObjectType>,
): readonly GraphQLField<unknown, unknown>[] {
  return Object.values(root?.getFields() ?? {}).filter((field) => {
    const type = groupType(field);
    return !hasDirective(field) && (type === undefined || !groups.has(type));
  });
}
