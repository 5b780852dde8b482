import {
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  type ASTNode,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';

import { connectionOf, isConnection } from '../directives/connection.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { isRange } from './key-rules.ts';
import { directiveOf } from '../directives/directive-use.ts';
import { shapeOf, type TopicUse } from '../directives/topic-use.ts';

/** The problems of a field that returns a connection, and of the types of the connection. */
export function connectionProblems(use: TopicUse): readonly DefinitionProblem[] {
  const connection = connectionOf(use);
  if (connection === undefined) {
    return listProblems(use);
  }
  const { edges, pageInfo } = connection.getFields();
  const edge = edges === undefined ? undefined : edgeOf(edges);
  const page = pageInfo === undefined ? undefined : getNamedType(pageInfo.type);
  return [
    ...argumentProblems(use),
    ...fieldProblems(connection, CONNECTION_FIELDS),
    ...(edge === undefined ? [] : fieldProblems(edge, EDGE_FIELDS)),
    ...(isObjectType(page) && page.name === PAGE_INFO ? fieldProblems(page, PAGE_FIELDS) : []),
  ];
}

/** A connection is one page of a list, so a list of connections is an error. */
function listProblems({ node, parent, field, isList, args }: TopicUse): DefinitionProblem[] {
  const type = getNamedType(field.type);
  const isByKeys =
    args.keyField !== undefined ||
    ((args.keyArgument ?? args.keyClaim) !== undefined && args.rangeFrom === undefined);
  return isList && !isByKeys && isObjectType(type) && isConnection(type)
    ? [
        problemAt(
          node,
          `${parent.name}.${field.name} is a list of ${type.name}, which is already a page of a list. Change its type to ${type.name}.`,
        ),
      ]
    : [];
}

type Field = GraphQLField<unknown, unknown>;

interface Expectation {
  readonly is: (field: Field) => boolean;
  readonly words: string;
}

const PAGE_INFO = 'PageInfo';

const named = (...names: readonly string[]): Expectation => ({
  is: ({ type }) => {
    const shape = shapeOf(type);
    return !shape.isList && names.includes(shape.typeName);
  },
  words: `of type ${names.join(' or ')}`,
});

const CONNECTION_FIELDS: Readonly<Record<string, Expectation>> = {
  edges: { is: (field) => edgeOf(field) !== undefined, words: 'a list of an object type' },
  pageInfo: named(PAGE_INFO),
};

const EDGE_FIELDS: Readonly<Record<string, Expectation>> = {
  cursor: named('String', 'ID'),
  node: { is: ({ type }) => !shapeOf(type).isList, words: 'the type of a record and not a list' },
};

const PAGE_FIELDS: Readonly<Record<string, Expectation>> = {
  hasNextPage: named('Boolean'),
  hasPreviousPage: named('Boolean'),
  startCursor: named('String', 'ID'),
  endCursor: named('String', 'ID'),
};

function edgeOf(field: Field): GraphQLObjectType | undefined {
  const list = getNullableType(field.type);
  const edge = isListType(list) ? getNullableType(list.ofType) : undefined;
  return isObjectType(edge) ? edge : undefined;
}

/** All these fields must exist, and any other field needs a directive that resolves it. */
function fieldProblems(
  type: GraphQLObjectType,
  expected: Readonly<Record<string, Expectation>>,
): DefinitionProblem[] {
  const fields = type.getFields();
  const wrong = Object.entries(expected).flatMap(([name, { is, words }]) => {
    const field = fields[name];
    if (field === undefined) {
      return [problemAt(nameOf(type), `${type.name} needs a field ${name}: ${words}.`)];
    }
    return is(field)
      ? []
      : [
          problemAt(
            field.astNode?.type,
            `${type.name}.${name} must be ${words}, found ${String(field.type)}.`,
          ),
        ];
  });
  const names = Object.keys(expected);
  const unresolved = Object.values(fields).filter(
    (field) => !names.includes(field.name) && !isBound(field),
  );
  return [
    ...wrong,
    ...unresolved.map((field) =>
      problemAt(
        field.astNode ?? undefined,
        `${type.name}.${field.name} would have no value: its type can have only ${names.join(', ')}. Remove it, or bind it.`,
      ),
    ),
  ];
}

function isBound(field: Field): boolean {
  return ['topic', 'rest'].some((name) => directiveOf(field, name) !== undefined);
}

function nameOf(type: GraphQLObjectType): ASTNode | undefined {
  return type.astNode?.name;
}

const PAGE_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  first: ['Int'],
  after: ['String', 'ID'],
  last: ['Int'],
  before: ['String', 'ID'],
};

function argumentProblems(use: TopicUse): DefinitionProblem[] {
  const fieldPath = `${use.parent.name}.${use.field.name}`;
  return Object.entries(PAGE_ARGUMENTS).flatMap(([name, types]) => {
    const argument = use.field.args.find((candidate) => candidate.name === name);
    if (argument === undefined) {
      const isNeeded = name === 'first' || name === 'after';
      const text = `${fieldPath} returns a connection and needs an argument ${name} of type ${types[0] ?? ''}.`;
      return isNeeded ? [problemAt(use.field.astNode?.name, text)] : [];
    }
    const at = argument.astNode ?? undefined;
    if (!isRange(use) && (name === 'last' || name === 'before')) {
      const text = `The argument ${name} cannot be used: a whole topic is read forwards, partition by partition. Remove it. Only ranges have ${name}.`;
      return [problemAt(at, text)];
    }
    const { typeName, isList } = shapeOf(argument.type);
    return isList || !types.includes(typeName)
      ? [
          problemAt(
            at,
            `The argument ${name} must be of type ${types.join(' or ')}, found ${String(argument.type)}.`,
          ),
        ]
      : [];
  });
}
