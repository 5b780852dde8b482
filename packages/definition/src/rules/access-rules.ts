import { isObjectType, isInterfaceType, Kind, type GraphQLSchema } from 'graphql';

import { accessDirectives, REQUIRES_SCOPES, scopeGroupsOf } from '../directives/access-use.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';

/** A scope of OAuth (RFC 6749, 3.3): visible ASCII without spaces, quotes and backslashes. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The problems of each `@requiresScopes`: without a group it would deny everyone. */
export function accessProblems(schema: GraphQLSchema): readonly DefinitionProblem[] {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  return [...types, ...fields]
    .flatMap((each) => accessDirectives(each))
    .filter(({ name }) => name.value === REQUIRES_SCOPES)
    .flatMap((directive) => {
      const groups = scopeGroupsOf(directive);
      if (groups.length === 0 || groups.some((group) => group.length === 0)) {
        return [
          problemAt(
            directive,
            '@requiresScopes has an empty list of scopes. List the scopes of which a caller needs one group, such as [["orders:read"]].',
          ),
        ];
      }
      const wrong = groups.flat().find((scope) => !SCOPE.test(scope));
      return wrong === undefined
        ? []
        : [
            problemAt(
              directive.arguments?.find(({ value }) => value.kind === Kind.LIST) ?? directive,
              `${JSON.stringify(wrong)} is not a scope. A scope has visible characters without spaces and quotes.`,
            ),
          ];
    });
}
