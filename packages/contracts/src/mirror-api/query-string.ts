import { AppError } from '@quicksilver/common/errors/app-error';

/** The value of one parameter as text in a query string, in both directions. */
export interface Parameter<T> {
  print(value: T): string;
  /** Throws `AppError('BAD_REQUEST')`. */
  parse(text: string, name: string): T;
}

/** The parameters of a query by name, in the order in which they are printed. */
export type ParameterTable = Readonly<Record<string, Parameter<unknown>>>;

export type QueryOf<Table extends ParameterTable> = {
  readonly [Name in keyof Table]?: Table[Name] extends Parameter<infer T> ? T : never;
};

/** The parameters of the query as texts, without those that it does not have. */
export function printParameters<Table extends ParameterTable>(
  table: Table,
  query: QueryOf<Table>,
): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(table)) {
    const value: unknown = query[name];
    if (value !== undefined) {
      texts[name] = parameter.print(value);
    }
  }
  return texts;
}

/**
 * The query of a request, from its decoded parameters. Other parameters are ignored. Throws
 * `AppError('BAD_REQUEST')`.
 */
export function parseParameters<Table extends ParameterTable>(
  table: Table,
  parameters: unknown,
): QueryOf<Table> {
  const query: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(table)) {
    const text = singleParameter(parameters, name);
    if (text !== undefined) {
      query[name] = parameter.parse(text, name);
    }
  }
  return query as QueryOf<Table>;
}

/** Undefined if the parameter is absent. Throws `AppError('BAD_REQUEST')` if it is repeated. */
export function singleParameter(parameters: unknown, name: string): string | undefined {
  const value = (parameters as Readonly<Record<string, unknown>>)[name];
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  throw new AppError(
    'BAD_REQUEST',
    `The parameter ${name} occurs several times. Send it at most once.`,
  );
}

export const TEXT: Parameter<string> = { print: (text) => text, parse: (text) => text };

export const FLAG: Parameter<boolean> = {
  print: String,
  parse: (text, name) => {
    if (text !== 'true' && text !== 'false') {
      throw new AppError('BAD_REQUEST', `Expected ${name} to be true or false, got ${text}.`);
    }
    return text === 'true';
  },
};

/** A number from 1 to a limit below 10,000. */
export function limitTo(itemsMax: number): Parameter<number> {
  return {
    print: String,
    parse: (text, name) => {
      const items = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0;
      if (items < 1 || items > itemsMax) {
        throw new AppError('BAD_REQUEST', `Expected a ${name} of 1 to ${itemsMax}, got ${text}.`);
      }
      return items;
    },
  };
}

/** Numbers of partitions, separated by commas. */
export const PARTITIONS: Parameter<readonly number[]> = {
  print: (partitions) => partitions.join(','),
  parse: (text, name) => {
    const entries = text.split(',');
    if (!entries.every((entry) => /^\d{1,5}$/.test(entry))) {
      throw new AppError(
        'BAD_REQUEST',
        `Expected ${name} as numbers separated by commas, such as 0,2. Got: ${text}`,
      );
    }
    return [...new Set(entries.map(Number))];
  },
};
