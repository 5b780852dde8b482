import { GraphQLError, GraphQLFloat, GraphQLScalarType, Kind, print, type ASTNode } from 'graphql';

import { ExactNumber } from '../load/exact-number.ts';
import { rawJson } from '../load/raw-json.ts';

/** A whole number of 64 bits: a bigint inside, all its digits in answers. */
export function createLong(base: GraphQLScalarType): GraphQLScalarType {
  return new GraphQLScalarType({
    ...base.toConfig(),
    serialize: printLong,
    parseValue: readLong,
    parseLiteral: (node) => {
      if (node.kind === Kind.INT || node.kind === Kind.STRING) {
        return longOf(node.value, node);
      }
      throw new GraphQLError(`${EXPECTED} Found: ${print(node)}`, { nodes: node });
    },
  });
}

/** GraphQL's Float, which also prints digits that a JS number cannot hold. */
export function createFloat(): GraphQLScalarType {
  return new GraphQLScalarType({
    ...GraphQLFloat.toConfig(),
    serialize: (value) =>
      value instanceof ExactNumber && Number.isFinite(Number(value.text))
        ? value.toJSON()
        : GraphQLFloat.serialize(value),
    parseValue: (value) =>
      GraphQLFloat.parseValue(value instanceof ExactNumber ? Number(value.text) : value),
  });
}

const EXPECTED = 'Long is a whole number of 64 bits, or its digits as a string.';
const DIGITS = /^-?\d{1,19}$/;
const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);

function printLong(value: unknown): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return value;
  }
  const long = readLong(value);
  return Number.isSafeInteger(Number(long)) ? Number(long) : rawJson(String(long));
}

function readLong(value: unknown): bigint {
  if (typeof value === 'bigint') {
    return longOf(String(value));
  }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) {
      return BigInt(value);
    }
    const hint = Number.isInteger(value)
      ? ' A number of this size has to be sent as a string.'
      : '';
    throw new GraphQLError(`${EXPECTED} Found: ${value}.${hint}`);
  }
  if (typeof value === 'string' || value instanceof ExactNumber) {
    return longOf(String(value));
  }
  throw new GraphQLError(`${EXPECTED} Found: ${excerpt(JSON.stringify(value) ?? typeof value)}`);
}

function longOf(text: string, node?: ASTNode): bigint {
  const value = DIGITS.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > LONG_MAX || value < LONG_MIN) {
    throw new GraphQLError(`${EXPECTED} Found: ${excerpt(text)}`, { nodes: node ?? null });
  }
  return value;
}

function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60).toWellFormed()}…`;
}
