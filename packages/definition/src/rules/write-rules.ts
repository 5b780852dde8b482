import {
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isScalarType,
  specifiedScalarTypes,
  type GraphQLArgument,
} from 'graphql';

import { BUILT_IN_SCALARS } from '../schema/built-ins.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { keyProblem } from './key-rules.ts';
import type { Rule } from './rule.ts';
import { argumentNode } from '../directives/directive-use.ts';
import { shapeOf, type TopicUse } from '../directives/topic-use.ts';

/** The arguments of a mutation that are the key and the value of its record. */
export interface WriteArguments {
  readonly key: GraphQLArgument;
  readonly value: GraphQLArgument;
}

/**
 * By the directive's names, else by position as in Quick. Of two arguments the one that is not named
 * is the other. Undefined where the rules have something to say.
 */
export function writeArgumentsOf({ field, args }: TopicUse): WriteArguments | undefined {
  const [first, second, ...others] = field.args;
  if (first === undefined || second === undefined || others.length > 0) {
    return undefined;
  }
  const swapped = args.keyArgument === second.name || args.valueArgument === first.name;
  const [key, value] = swapped ? [second, first] : [first, second];
  const isNamed = (name: string | undefined, argument: GraphQLArgument): boolean =>
    name === undefined || name === argument.name;
  return isNamed(args.keyArgument, key) && isNamed(args.valueArgument, value)
    ? { key, value }
    : undefined;
}

const twoArguments: Rule = (use) =>
  use.role === 'mutation' && use.field.args.length !== 2
    ? problemAt(use.node, 'Mutation requires two input arguments')
    : undefined;

const valueArgument: Rule = (use) => {
  const { keyArgument, valueArgument: name } = use.args;
  if (name === undefined) {
    return undefined;
  }
  const at = argumentNode(use, 'valueArgument');
  if (use.role !== 'mutation') {
    return problemAt(
      at,
      'valueArgument can only be used on fields of Mutation: others do not write.',
    );
  }
  if (!use.field.args.some((argument) => argument.name === name)) {
    return problemAt(
      at,
      `Could not find the valueArgument ${name} among the arguments of ${use.parent.name}.${use.field.name}.`,
    );
  }
  return name === keyArgument
    ? problemAt(at, `keyArgument and valueArgument name the same argument ${name}.`)
    : undefined;
};

/** A key that is named has the rule of every keyArgument. */
const keyByPosition: Rule = (use) => {
  const written = use.role === 'mutation' ? writeArgumentsOf(use) : undefined;
  if (written === undefined || use.args.keyArgument !== undefined) {
    return undefined;
  }
  const { name, type } = written.key;
  return keyProblem(use, use.node, `The key argument ${name}`, shapeOf(type));
};

/** The value is what the field answers with. */
const answersValue: Rule = (use) => {
  const written = use.role === 'mutation' ? writeArgumentsOf(use) : undefined;
  return written && answerProblem(use, written.value);
};

function answerProblem(use: TopicUse, value: GraphQLArgument): DefinitionProblem | undefined {
  const type = getNamedType(value.type);
  const isObject = isInputObjectType(type);
  const answersObject = isCompositeType(getNamedType(use.field.type));
  const isSameList = shapeOf(value.type).isList === use.isList;
  // JSON and a scalar of the user's own may hold anything, objects and lists too.
  const mayBeAnything = isScalarType(type) && !SIMPLE.has(type.name);
  return mayBeAnything || (isSameList && isObject === answersObject)
    ? undefined
    : problemAt(
        use.node,
        `The field answers with the value that it wrote, but the value argument ${value.name} has type ${String(value.type)} and the field ${String(use.field.type)}.`,
      );
}

const SIMPLE: ReadonlySet<string> = new Set(
  [...specifiedScalarTypes.map(({ name }) => name), ...BUILT_IN_SCALARS].filter(
    (name) => name !== 'JSON',
  ),
);

export const writeRules: readonly Rule[] = [
  twoArguments,
  valueArgument,
  keyByPosition,
  answersValue,
];
