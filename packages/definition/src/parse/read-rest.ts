import { isNonNullType } from 'graphql';

import type { DefinitionProblem } from '../problems/definition-error.ts';
import type { RefuseRest, RestBinding, RestParameter } from '../binding/rest-binding.ts';
import { pathArguments, queryArguments, restProblems } from '../rules/rest-rules.ts';
import { readRestUrl } from '../directives/rest-url.ts';
import { parameterOf, type RestUse } from '../directives/rest-use.ts';

/** The binding of a `@rest`, or all its problems. */
export function readRest(
  use: RestUse,
  refuse: RefuseRest,
): RestBinding | readonly DefinitionProblem[] {
  const problems = restProblems(use, refuse);
  const read = readRestUrl(use.args.url);
  if (problems.length > 0 || !read.ok) {
    return problems;
  }
  const parametersOf = (names: readonly string[]): readonly RestParameter[] =>
    names.flatMap((name) => parameterOf(use, name) ?? []);
  const [bodyParameter] = parametersOf(use.args.bodyParameter ? [use.args.bodyParameter] : []);
  return Object.freeze({
    kind: 'rest',
    typeName: use.parent.name,
    fieldName: use.field.name,
    method: use.args.httpMethod,
    url: read.url,
    pathParameters: parametersOf(pathArguments(use)),
    queryParameters: parametersOf(queryArguments(use)),
    ...(bodyParameter === undefined ? {} : { bodyParameter }),
    isNullable: !isNonNullType(use.field.type),
  });
}
