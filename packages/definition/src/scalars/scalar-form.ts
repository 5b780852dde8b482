import { ExactNumber } from '@quicksilver/common/numbers/exact-number';
import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from 'graphql';

/** The values of a scalar in requests, records and results. */
export interface ScalarForm<T> {
  /** A description of valid values, as a sentence. */
  readonly expected: string;
  /** Kinds of valid literals, which are read like a value. */
  readonly literals: readonly Kind[];
  /** Reads a variable, a literal or a record's value; undefined if it is invalid. */
  readonly read: (value: unknown) => T | undefined;
  /** Set if records may have values that requests may not. */
  readonly readRecord?: (value: unknown) => T | undefined;
  readonly print: (value: T) => unknown;
}

/** The scalar of the schema with this form. */
export function withForm<T>(base: GraphQLScalarType, form: ScalarForm<T>): GraphQLScalarType {
  const { expected, literals, read, readRecord = read, print: printed } = form;
  const fitting = (value: unknown, reader: (value: unknown) => T | undefined): T => {
    const fit = reader(value);
    if (fit === undefined) {
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
      throw new GraphQLError(`${expected} Found: ${excerpt(text)}`);
    }
    return fit;
  };
  return new GraphQLScalarType({
    ...base.toConfig(),
    serialize: (value) => printed(fitting(value, readRecord)),
    parseValue: (value) => fitting(value, read),
    parseLiteral: (node) => {
      const fit = literals.includes(node.kind) ? read(valueOf(node)) : undefined;
      if (fit === undefined) {
        throw new GraphQLError(`${expected} Found: ${excerpt(print(node))}`, { nodes: node });
      }
      return fit;
    },
  });
}

/** A number literal becomes an exact number, as in a record. A string stays a string. */
function valueOf(node: ValueNode): unknown {
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) {
    return new ExactNumber(node.value);
  }
  return 'value' in node ? node.value : undefined;
}

const EXCERPT_CHARS = 60;

export function excerpt(text: string): string {
  return text.length <= EXCERPT_CHARS ? text : `${text.slice(0, EXCERPT_CHARS).toWellFormed()}…`;
}
