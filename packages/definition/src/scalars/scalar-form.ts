import { ExactNumber } from '@quicksilver/common/numbers/exact-number';
import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from 'graphql';

/** What values of a scalar look like, in requests, in records and in answers. */
export interface ScalarForm<T> {
  /** What is expected, as a sentence. */
  readonly expected: string;
  /** Kinds of literals, which are read like a value. */
  readonly literals: readonly Kind[];
  /** Of a variable, a literal, or a record's value; undefined if it does not fit. */
  readonly read: (value: unknown) => T | undefined;
  /** Where records may hold more than requests. */
  readonly readRecord?: (value: unknown) => T | undefined;
  readonly print: (value: T) => unknown;
}

/** The scalar of the schema with what its values look like. */
export function withForm<T>(base: GraphQLScalarType, form: ScalarForm<T>): GraphQLScalarType {
  const { expected, literals, read, readRecord = read, print: printed } = form;
  const fitting = (value: unknown, reader: (value: unknown) => T | undefined): T => {
    const fit = reader(value);
    if (fit === undefined) {
      const found = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
      throw new GraphQLError(`${expected} Found: ${excerpt(found)}`);
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

/** Numbers as those that a record holds: a string is not one, whatever stands in it. */
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
