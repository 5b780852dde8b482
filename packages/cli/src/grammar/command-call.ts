import type { CommandRow } from './command-row.ts';
import type { Surroundings } from '../output/surroundings.ts';

export type OptionValue = string | boolean | readonly string[];

/** One use of a command, its arguments read. */
export interface CommandCall {
  readonly row: CommandRow;
  readonly args: readonly string[];
  readonly options: CallOptions;
  readonly around: Surroundings;
  readonly rows: readonly CommandRow[];
}

/** Resolves to the exit code; undefined is success. Throws `CliError`. */
export type RunCommand = (call: CommandCall) => Promise<number | undefined>;

/** A command with its code, which is imported when it runs. */
export interface RunnableRow extends CommandRow {
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

/** The options of a call by their camel-case names. */
export class CallOptions {
  readonly #values: ReadonlyMap<string, OptionValue>;

  constructor(values: ReadonlyMap<string, OptionValue>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return typeof value === 'object' ? value : [];
  }
}
