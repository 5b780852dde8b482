import {
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isScalarType,
  type GraphQLArgument,
} from 'graphql';

import { BUILT_IN_SCALARS, STANDARD_SCALARS } from '../binding/scalar-names.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';
import { keyProblem } from './key-rules.ts';
import type { Rule } from './rule.ts';
import { argumentNode } from '../directives/directive-use.ts';
import { shapeOf, type TopicUse } from '../directives/topic-use.ts';

/** The arguments of a mutation that are the key and the value of its record. */
export interface WriteArguments {
  /** Undefined if the key is a claim of the caller. */
  readonly key: GraphQLArgument | undefined;
  readonly value: GraphQLArgument;
}

/**
 * Finds the arguments by the names in the directive, or else by position as bakdata Quick does. If
 * the directive names one of two, the other one is left. Undefined if a rule reports a problem.
 */
export function writeArgumentsOf({ field, args }: TopicUse): WriteArguments | undefined {
  const [first, second, ...more] = field.args;
  if (args.keyClaim !== undefined) {
    return first === undefined || second !== undefined
      ? undefined
      : { key: undefined, value: first };
  }
  if (first === undefined || second === undefined || more.length > 0) {
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
  use.role === 'mutation' && use.args.keyClaim === undefined && use.field.args.length !== 2
    ? problemAt(use.node, 'Mutation requires two input arguments')
    : undefined;

const oneArgument: Rule = (use) =>
  use.role === 'mutation' && use.args.keyClaim !== undefined && use.field.args.length !== 1
    ? problemAt(
        use.node,
        `A mutation with keyClaim has one argument, the value, but ${use.field.name} has ${use.field.args.length}. The key comes from the claim.`,
      )
    : undefined;

const valueArgument: Rule = (use) => {
  const { keyArgument, valueArgument: name } = use.args;
  if (name === undefined) {
    return undefined;
  }
  const at = argumentNode(use, 'valueArgument');
  if (use.role !== 'mutation') {
    return problemAt(at, 'valueArgument can be used only on fields of Mutation.');
  }
  if (!use.field.args.some((argument) => argument.name === name)) {
    return problemAt(
      at,
      `valueArgument names ${name}, but ${use.parent.name}.${use.field.name} has no such argument. Name one of its arguments.`,
    );
  }
  return name === keyArgument
    ? problemAt(
        at,
        `keyArgument and valueArgument name the same argument ${name}. Name two arguments.`,
      )
    : undefined;
};

/** Only a key by position: another rule checks a keyArgument. */
const keyByPosition: Rule = (use) => {
  const write = use.role === 'mutation' ? writeArgumentsOf(use) : undefined;
  if (write?.key === undefined || use.args.keyArgument !== undefined) {
    return undefined;
  }
  const { name, type } = write.key;
  return keyProblem(use, use.node, `The key argument ${name}`, shapeOf(type));
};

/** The field returns the value that it writes, so their types must match. */
const returnsValue: Rule = (use) => {
  const write = use.role === 'mutation' ? writeArgumentsOf(use) : undefined;
  return write && resultProblem(use, write.value);
};

function resultProblem(use: TopicUse, value: GraphQLArgument): DefinitionProblem | undefined {
  const type = getNamedType(value.type);
  const isObject = isInputObjectType(type);
  const returnsObject = isCompositeType(getNamedType(use.field.type));
  const isSameList = shapeOf(value.type).isList === use.isList;
  // JSON and a scalar of the schema can have any value, objects and lists too.
  const mayBeAnything = isScalarType(type) && !SIMPLE.has(type.name);
  return mayBeAnything || (isSameList && isObject === returnsObject)
    ? undefined
    : problemAt(
        use.node,
        `The field returns the value that it writes, but the value argument ${value.name} has type ${String(value.type)} and the field ${String(use.field.type)}. Use matching types.`,
      );
}

const SIMPLE: ReadonlySet<string> = new Set(
  [...STANDARD_SCALARS, ...BUILT_IN_SCALARS].filter((name) => name !== 'JSON'),
);

export const writeRules: readonly Rule[] = [
  twoArguments,
  oneArgument,
  valueArgument,
  keyByPosition,
  returnsValue,
];
