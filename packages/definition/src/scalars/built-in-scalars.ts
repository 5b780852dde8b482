import { isWhole, parseDecimal } from '@quicksilver/common/numbers/decimal';
import {
  exactNumber,
  ExactNumber,
  isJsonNumber,
  type JsonNumber,
} from '@quicksilver/common/numbers/exact-number';
import {
  GraphQLError,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLScalarType,
  Kind,
} from 'graphql';

import { idText, recordIdText } from './number-scalars.ts';
import { excerpt } from './scalar-form.ts';

/**
 * Replacements for GraphQL's numeric scalars, for numbers that a JS number cannot hold. They leave
 * all other values to GraphQL's scalars.
 */
export function createBuiltIns(): readonly GraphQLScalarType[] {
  return [createInt(), createFloat(), createId()];
}

function createInt(): GraphQLScalarType {
  return new GraphQLScalarType({
    ...GraphQLInt.toConfig(),
    serialize: (value) => GraphQLInt.serialize(heldNumber(numberOf(value))),
    parseValue: (value) => GraphQLInt.parseValue(heldNumber(value)),
  });
}

/** A JS number holds every whole number of 32 bits, so an exact number never fits an Int. */
function heldNumber(value: unknown): unknown {
  if (value instanceof ExactNumber) {
    const decimal = parseDecimal(value.text);
    const kind = decimal !== undefined && isWhole(decimal) ? 'non 32-bit signed ' : 'non-';
    throw new GraphQLError(`Int cannot represent ${kind}integer value: ${excerpt(value.text)}`);
  }
  return value;
}

/** Keeps digits that a double cannot hold, in results and in arguments. */
function createFloat(): GraphQLScalarType {
  return new GraphQLScalarType({
    ...GraphQLFloat.toConfig(),
    serialize: (value) => {
      const number = numberOf(value);
      return number instanceof ExactNumber ? finite(number) : GraphQLFloat.serialize(number);
    },
    parseValue: (value) =>
      value instanceof ExactNumber ? finite(value) : GraphQLFloat.parseValue(value),
    parseLiteral: (node) => {
      if (node.kind !== Kind.INT && node.kind !== Kind.FLOAT) {
        return GraphQLFloat.parseLiteral(node);
      }
      const number = exactNumber(node.value);
      return number instanceof ExactNumber ? finite(number) : number;
    },
  });
}

function finite(number: ExactNumber): ExactNumber {
  if (!Number.isFinite(Number(number.text))) {
    throw new GraphQLError(`Float cannot represent ${excerpt(number.text)}, which is too large.`);
  }
  return number;
}

/** A number becomes its digits as text, in any spelling. In requests it must be whole. */
function createId(): GraphQLScalarType {
  return new GraphQLScalarType({
    ...GraphQLID.toConfig(),
    serialize: (value) => idOf(value, recordIdText) ?? GraphQLID.serialize(value),
    parseValue: (value) => idOf(value, idText) ?? GraphQLID.parseValue(value),
    parseLiteral: (node) =>
      node.kind === Kind.INT ? withoutMinusZero(node.value) : GraphQLID.parseLiteral(node),
  });
}

/** The only whole number that has two spellings as a literal. */
function withoutMinusZero(digits: string): string {
  return digits === '-0' ? '0' : digits;
}

/** Undefined for values that GraphQL's own ID handles. */
function idOf(
  value: unknown,
  textOf: (number: JsonNumber) => string | undefined,
): string | undefined {
  if (!isJsonNumber(value)) {
    return undefined;
  }
  const text = textOf(value);
  if (text === undefined) {
    throw new GraphQLError(`ID cannot represent value: ${excerpt(String(value))}`);
  }
  return text;
}

/** A record may have a number as text, which counts as the number. */
function numberOf(value: unknown): unknown {
  return typeof value === 'string' && parseDecimal(value) !== undefined
    ? exactNumber(value)
    : value;
}
