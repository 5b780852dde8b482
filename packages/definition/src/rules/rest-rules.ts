import {
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLInputType,
} from 'graphql';

import { argumentsNamed } from '../directives/arguments-named.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import type { RefuseRest } from '../binding/rest-binding.ts';
import { readRestUrl } from '../directives/rest-url.ts';
import { parameterNode, type ParameterList, type RestUse } from '../directives/rest-use.ts';
import { argumentNode, directiveOf } from '../directives/directive-use.ts';

/** Checks one property of a `@rest`. */
type RestRule = (use: RestUse) => readonly DefinitionProblem[];

/**
 * All problems of one `@rest`. A rule that bakdata Quick has too keeps its text. Each rule checks
 * one property, so that all problems are reported at once.
 */
export function restProblems(use: RestUse, refuse: RefuseRest): DefinitionProblem[] {
  return [...RULES.flatMap((rule) => rule(use)), ...urlProblems(use, refuse)];
}

const noEvents: RestRule = ({ role, node }) =>
  role === 'subscription'
    ? [
        problemAt(
          node,
          '@rest cannot be used on fields of Subscription, because a REST service has no events.',
        ),
      ]
    : [];

const alone: RestRule = ({ parent, field, node }) =>
  directiveOf(field, 'topic') === undefined
    ? []
    : [
        problemAt(
          node,
          `${parent.name}.${field.name} has @topic and @rest, but a field has one source. Remove one of them.`,
        ),
      ];

const noList: RestRule = ({ field, node }) =>
  isListType(getNullableType(field.type))
    ? [problemAt(node, 'The return type of a field with a rest directive must not be a list')]
    : [];

const noScalar: RestRule = ({ field, node }) =>
  isLeafType(getNamedType(field.type))
    ? [problemAt(node, 'The return type of a field with a rest directive must not be a scalar')]
    : [];

const usedOnce: RestRule = ({ args, node }) => {
  const { pathParameter, queryParameter, bodyParameter } = args;
  const names = [...pathParameter, ...queryParameter, ...(bodyParameter ? [bodyParameter] : [])];
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) < at));
  return repeated.size === 0
    ? []
    : [
        problemAt(
          node,
          `The argument(s) ${[...repeated].join(',')} can't be used in multiple parameters`,
        ),
      ];
};

const bodyOfPost: RestRule = (use) =>
  use.args.bodyParameter !== undefined && use.args.httpMethod === 'GET'
    ? [
        problemAt(
          argumentNode(use, 'bodyParameter'),
          'A body parameter is only supported for POST requests',
        ),
      ]
    : [];

const bodyArgument: RestRule = (use) => {
  const { bodyParameter: name } = use.args;
  if (name === undefined) {
    return [];
  }
  const at = argumentNode(use, 'bodyParameter');
  const [argument] = argumentsNamed(use, name);
  if (argument === undefined) {
    return [problemAt(at, `Field for body parameter ${name} not found`)];
  }
  return isScalarType(getNamedType(argument.type))
    ? [problemAt(at, 'The type of the body parameter must not be a scalar')]
    : [];
};

const listedArguments: RestRule = (use) =>
  (['pathParameter', 'queryParameter'] as const).flatMap((list) =>
    use.args[list].flatMap((name, at) =>
      argumentsNamed(use, name).length > 0
        ? []
        : [
            problemAt(
              parameterNode(use, list, at),
              `Argument ${name} specified as parameter but not found`,
            ),
          ],
    ),
  );

const oneSegmentEach: RestRule = (use) =>
  pathArguments(use).flatMap((name, at) => {
    const [argument] = argumentsNamed(use, name);
    return argument !== undefined && isListType(getNullableType(argument.type))
      ? [
          problemAt(
            parameterNode(use, 'pathParameter', at),
            `The path parameter ${name} is a list, but a segment of a path is one value. Use a query parameter.`,
          ),
        ]
      : [];
  });

const RULES: readonly RestRule[] = [
  noEvents,
  alone,
  noList,
  noScalar,
  usedOnce,
  bodyOfPost,
  bodyArgument,
  listedArguments,
  oneSegmentEach,
];

function urlProblems(use: RestUse, refuse: RefuseRest): DefinitionProblem[] {
  const read = readRestUrl(use.args.url);
  const problem = read.ok ? refuse(read.url) : read.problem;
  return problem === undefined ? [] : [problemAt(argumentNode(use, 'url'), problem)];
}

/** The names of the arguments in the path: the listed ones, or all non-null ones without a list. */
export function pathArguments(use: RestUse): readonly string[] {
  return byConvention(use, 'pathParameter', isNonNullType);
}

/**
 * The names of the arguments in the query: the listed ones, or all nullable ones without a list.
 */
export function queryArguments(use: RestUse): readonly string[] {
  return byConvention(use, 'queryParameter', (type) => !isNonNullType(type));
}

function byConvention(
  { args, field }: RestUse,
  list: ParameterList,
  fits: (type: GraphQLInputType) => boolean,
): readonly string[] {
  if (args[list].length > 0) {
    return args[list];
  }
  const listed = new Set([...args.pathParameter, ...args.queryParameter, args.bodyParameter]);
  return field.args
    .filter(({ name, type }) => !listed.has(name) && fits(type))
    .map(({ name }) => name);
}
