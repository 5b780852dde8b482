import { isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';

import { directiveOf } from '../directives/directive-use.ts';
import { hasDirective } from '../directives/group.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';

/** Uses of `@field` on fields whose value is not the member of a record. */
export function recordNameProblems(schema: GraphQLSchema): readonly DefinitionProblem[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
    return Object.values(fields).flatMap((field) => {
      const node = directiveOf(field, 'field');
      if (node === undefined) {
        return [];
      }
      const where = `@field on ${type.name}.${field.name} has no effect, because`;
      if (isInterfaceType(type)) {
        const text = `${where} ${type.name} is an interface. Put it on the field of each type that implements it.`;
        return [problemAt(node, text)];
      }
      return roots.some((root) => root === type) || hasDirective(field)
        ? [problemAt(node, `${where} the field is no member of a record. Remove it.`)]
        : [];
    });
  });
}
