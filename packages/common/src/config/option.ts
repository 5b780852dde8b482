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
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;

export type ConfigOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never;
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

/** Reads all options into a frozen object. Throws `ConfigError` with every problem. */
export function readConfig<Table extends OptionTable>(
  table: Table,
  env: Environment,
): ConfigOf<Table> {
  const config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, option] of Object.entries(table)) {
    const raw = env[option.env];
    const text = raw === undefined || raw === '' ? option.fallback : raw;
    if (text === undefined) {
      problems.push(`${option.env} is required: ${option.text}`);
      continue;
    }
    const read = option.schema.safeParse(text);
    if (read.success) {
      config[name] = read.data;
    } else {
      const why = read.error.issues.map((issue) => issue.message).join('; ');
      const shown =
        option.isSecret === true ? option.env : `${option.env}=${withoutCredentials(text)}`;
      problems.push(`${shown}: ${why}. ${option.text}`);
    }
  }
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
  // Each option is set above, unless there is a problem.
  return Object.freeze(config) as ConfigOf<Table>;
}

/** Hides user and password of URLs, even if the option allows neither. */
function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^\s,]*@/g, '//[secret]@');
}
