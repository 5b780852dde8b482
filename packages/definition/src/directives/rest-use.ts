import {
  Kind,
  type ASTNode,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

import { argumentsNamed } from './arguments-named.ts';
import type { RestParameter } from '../binding/rest-binding.ts';
import { argumentNode, directiveUse, directiveValues, type DirectiveUse } from './directive-use.ts';

/** One `@rest` in a schema, with the facts for its rules. */
export interface RestUse extends DirectiveUse {
  readonly args: RestArguments;
}

export interface RestArguments {
  readonly url: string;
  /** Empty if the convention decides. */
  readonly pathParameter: readonly string[];
  readonly queryParameter: readonly string[];
  readonly bodyParameter: string | undefined;
  readonly httpMethod: 'GET' | 'POST';
}

/** Throws `GraphQLError` if an argument of the directive has the wrong type. */
export function readRestUse(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  node: DirectiveNode,
): RestUse {
  const use = directiveUse(schema, parent, field, node);
  const values = directiveValues(use);
  const body = values['bodyParameter'];
  return {
    ...use,
    args: {
      url: String(values['url']),
      pathParameter: texts(values['pathParameter']),
      queryParameter: texts(values['queryParameter']),
      bodyParameter: typeof body === 'string' ? body : undefined,
      httpMethod: values['httpMethod'] === 'POST' ? 'POST' : 'GET',
    },
  };
}

export type ParameterList = 'pathParameter' | 'queryParameter';

/** The place of a name in one of the directive's lists. */
export function parameterNode(use: RestUse, list: ParameterList, at: number): ASTNode {
  const argument = argumentNode(use, list);
  return argument.kind === Kind.ARGUMENT && argument.value.kind === Kind.LIST
    ? (argument.value.values[at] ?? argument)
    : argument;
}

/** The parameter that a name of the directive means; undefined if no argument has the name. */
export function parameterOf(use: RestUse, name: string): RestParameter | undefined {
  const [argument] = argumentsNamed(use, name);
  return (
    argument && {
      argument: name,
      argumentOf: use.field.args.includes(argument) ? 'field' : 'root',
    }
  );
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
