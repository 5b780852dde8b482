import type { z } from 'zod';

/** One row of a service's option table. `docs/config.md` is generated from the texts. */
export interface Option<T> {
  readonly env: string;
  readonly text: string;
  readonly schema: z.ZodType<T>;
  /** The default if the variable is missing or empty. Without it the variable is required. */
  readonly fallback?: string;
  /** Never print the value, even if it is invalid. */
  readonly isSecret?: boolean;
  /** The property of Kafka's clients with the same meaning. */
  readonly property?: string;
  /**
   * Values of other variables that follow from the value of this one. A variable that is set wins.
   * Throws an `Error` whose message shows no secret.
   */
  readonly implies?: (value: string) => Environment;
}

/** Options and groups of options. A group of the table is a group of the configuration. */
export interface OptionTable {
  readonly [name: string]: Option<unknown> | OptionTable;
}

export type ConfigOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T>
    ? T
    : Table[Name] extends OptionTable
      ? ConfigOf<Table[Name]>
      : never;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** All problems of a configuration, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** All options of a table, those of its groups included. */
export function optionsOf(table: OptionTable): readonly Option<unknown>[] {
  return Object.values(table).flatMap((row) => (isOption(row) ? [row] : optionsOf(row)));
}

/** Reads all options into a frozen object. Throws `ConfigError` with every problem. */
export function readConfig<Table extends OptionTable>(
  table: Table,
  env: Environment,
): ConfigOf<Table> {
  const problems: string[] = [];
  const config = readTable(table, withImplied(table, env, problems), problems);
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  // Each option is set, because there is no problem.
  return config as ConfigOf<Table>;
}

function withImplied(table: OptionTable, env: Environment, problems: string[]): Environment {
  const isSet = ([, value]: readonly [string, string | undefined]): boolean => (value ?? '') !== '';
  const implied: Record<string, string | undefined> = {};
  for (const option of optionsOf(table)) {
    const value = textOf(option, env[option.env]);
    if (option.implies === undefined || value === undefined || value === '') {
      continue;
    }
    try {
      Object.assign(implied, option.implies(value));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(`${option.env}=${withoutCredentials(value)}: ${why}`);
    }
  }
  return { ...implied, ...Object.fromEntries(Object.entries(env).filter(isSet)) };
}

function textOf({ fallback }: Option<unknown>, raw: string | undefined): string | undefined {
  return raw === undefined || raw === '' ? fallback : raw;
}

function readTable(table: OptionTable, env: Environment, problems: string[]): object {
  const config: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(table)) {
    config[name] = isOption(row)
      ? readOption(row, env[row.env], problems)
      : readTable(row, env, problems);
  }
  return Object.freeze(config);
}

/** The value of an option. Adds to the problems if there is none. */
function readOption(option: Option<unknown>, raw: string | undefined, problems: string[]): unknown {
  const text = textOf(option, raw);
  if (text === undefined) {
    problems.push(`${option.env} is required: ${option.text}`);
    return undefined;
  }
  const read = option.schema.safeParse(text);
  if (read.success) {
    return read.data;
  }
  const why = read.error.issues.map((issue) => issue.message).join('; ');
  const shown = option.isSecret === true ? option.env : `${option.env}=${withoutCredentials(text)}`;
  problems.push(`${shown}: ${why}. ${option.text}`);
  return undefined;
}

/** A group has no string under this name, because its rows are objects. */
function isOption(row: Option<unknown> | OptionTable): row is Option<unknown> {
  return typeof row['env'] === 'string';
}

/** Hides user and password of URLs, even if the option allows neither. */
function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^\s,]*@/g, '//[secret]@');
}
