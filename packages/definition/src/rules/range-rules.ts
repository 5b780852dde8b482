import type { ASTNode, GraphQLArgument } from 'graphql';

import { BOUND_SCALARS } from '../binding/binding.ts';
import { connectionOf } from '../directives/connection.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { isRange } from './key-rules.ts';
import type { Rule } from './rule.ts';
import { argumentNode } from '../directives/directive-use.ts';
import { shapeOf, type TopicUse } from '../directives/topic-use.ts';

const bothBounds: Rule = (use) => {
  const { rangeFrom, rangeTo } = use.args;
  return isRange(use) && (rangeFrom === undefined || rangeTo === undefined)
    ? problemAt(rangeNode(use), 'Both rangeFrom and rangeTo arguments should be set.')
    : undefined;
};

const onQuery: Rule = (use) =>
  isRange(use) && use.role !== 'query'
    ? problemAt(rangeNode(use), 'Range queries are only supported on Query types.')
    : undefined;

const rangeKey: Rule = (use) =>
  isRange(use) && use.role === 'query' && (use.args.keyArgument ?? use.args.keyClaim) === undefined
    ? problemAt(rangeNode(use), 'You must define a keyArgument.')
    : undefined;

const rangeList: Rule = (use) =>
  isRange(use) && use.role === 'query' && !use.isList && connectionOf(use) === undefined
    ? problemAt(rangeNode(use), 'The return type of range queries should be a list.')
    : undefined;

const rangeFrom: Rule = (use) => boundProblem(use, 'rangeFrom');
const rangeTo: Rule = (use) => boundProblem(use, 'rangeTo');

const alike: Rule = (use) => {
  const [from, to] = [boundOf(use, 'rangeFrom'), boundOf(use, 'rangeTo')];
  if (use.role !== 'query' || from === undefined || to === undefined) {
    return undefined;
  }
  const at = argumentNode(use, 'rangeTo');
  if (from === to) {
    return problemAt(at, `rangeFrom and rangeTo name the same argument ${from.name}.`);
  }
  const [low, high] = [shapeOf(from.type), shapeOf(to.type)];
  return low.typeName === high.typeName
    ? undefined
    : problemAt(
        at,
        `The range arguments ${from.name} and ${to.name} have different types: ${low.typeName} and ${high.typeName}. Give them one type.`,
      );
};

export const rangeRules: readonly Rule[] = [
  bothBounds,
  onQuery,
  rangeKey,
  rangeList,
  rangeFrom,
  rangeTo,
  alike,
];

type Bound = 'rangeFrom' | 'rangeTo';

export function boundOf(use: TopicUse, bound: Bound): GraphQLArgument | undefined {
  return use.field.args.find((argument) => argument.name === use.args[bound]);
}

function boundProblem(use: TopicUse, bound: Bound): DefinitionProblem | undefined {
  const name = use.args[bound];
  if (name === undefined || use.role !== 'query') {
    return undefined;
  }
  const at = argumentNode(use, bound);
  const argument = boundOf(use, bound);
  if (argument === undefined) {
    return problemAt(
      at,
      `Could not find the keyArgument ${name} in the parent type definition. Please check your schema.`,
    );
  }
  const { typeName, isList } = shapeOf(argument.type);
  return isList || !BOUND_SCALARS.some((scalar) => scalar === typeName)
    ? problemAt(
        at,
        `The range argument ${name} must be of type ${BOUND_SCALARS.join(', ')}, found ${String(argument.type)}.`,
      )
    : undefined;
}

function rangeNode(use: TopicUse): ASTNode {
  return argumentNode(use, use.args.rangeFrom === undefined ? 'rangeTo' : 'rangeFrom');
}
