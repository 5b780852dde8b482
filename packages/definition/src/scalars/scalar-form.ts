import { GraphQLError, GraphQLScalarType, print, type Kind, type ValueNode } from 'graphql';

/** What values of a scalar look like, in requests, in records and in answers. */
export interface ScalarForm<T> {
  /** What is expected, as a sentence. */
  readonly expected: string;
  /** Kinds of literals, whose text is read like a value's. */
  readonly literals: readonly Kind[];
  /** Of a variable, the text of a literal, or a record's value; undefined where it does not fit. */
  readonly read: (value: unknown) => T | undefined;
  /** Where records may hold more than requests. */
  readonly readRecord?: (value: unknown) => T | undefined;
  readonly print: (value: T) => unknown;
  /** What may help with a value that does not fit. */
  readonly hint?: (value: unknown) => string;
}

/** The scalar of the schema with what its values look like. */
export function withForm<T>(base: GraphQLScalarType, form: ScalarForm<T>): GraphQLScalarType {
  const { expected, literals, read, readRecord = read, print: printed, hint } = form;
  const fitting = (value: unknown, reader: (value: unknown) => T | undefined): T => {
    const fit = reader(value);
    if (fit === undefined) {
      const found = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
      throw new GraphQLError(`${expected} Found: ${excerpt(found)}${hint?.(value) ?? ''}`);
    }
    return fit;
  };
  return new GraphQLScalarType({
    ...base.toConfig(),
    serialize: (value) => printed(fitting(value, readRecord)),
    parseValue: (value) => fitting(value, read),
    parseLiteral: (node) => {
      const fit = literals.includes(node.kind) ? read(textOf(node)) : undefined;
      if (fit === undefined) {
        throw new GraphQLError(`${expected} Found: ${excerpt(print(node))}`, { nodes: node });
      }
      return fit;
    },
  });
}

function textOf(node: ValueNode): unknown {
  return 'value' in node ? node.value : undefined;
}

const EXCERPT_CHARS = 60;

function excerpt(text: string): string {
  return text.length <= EXCERPT_CHARS ? text : `${text.slice(0, EXCERPT_CHARS).toWellFormed()}…`;
}
